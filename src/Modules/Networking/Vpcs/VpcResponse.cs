using System.Text.Json.Serialization;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Networking.Vpcs;

/// <summary>A tenant's virtual network at a site.</summary>
[Schema("VPC")]
public sealed record VpcResponse
{
    /// <summary>Id of the VPC.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the VPC; unique for the tenant at the site.</summary>
    public required string Name { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>The tenant's org, in lower case.</summary>
    public required string Org { get; init; }

    /// <summary>The tenant that owns the VPC.</summary>
    public Guid TenantId { get; init; }

    /// <summary>The site that the VPC is at.</summary>
    public Guid SiteId { get; init; }

    /// <summary>The provider of the site.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>The VPC's id at the site.</summary>
    public Guid? ControllerVpcId { get; init; }

    /// <summary>How the VPC is made at its site.</summary>
    public NetworkVirtualizationType? NetworkVirtualizationType { get; init; }

    /// <summary>How the VPC is routed outside its site: external, internal or privileged-internal; null for the site's default.</summary>
    public string? RoutingProfile { get; init; }

    /// <summary>The VXLAN network identifier that was asked for.</summary>
    public int? RequestedVni { get; init; }

    /// <summary>The VXLAN network identifier in use; null until the site has said.</summary>
    public int? Vni { get; init; }

    /// <summary>The security group of everything in the VPC that has none of its own.</summary>
    public string? NetworkSecurityGroupId { get; init; }

    /// <summary>How far the security group's rules have got; left out without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NetworkSecurityGroupPropagationDetails? NetworkSecurityGroupPropagationDetails { get; init; }

    /// <summary>The NVLink partition of instances that name none.</summary>
    public Guid? NvLinkLogicalPartitionId { get; init; }

    /// <summary>The tenant's labels; empty when there are none.</summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>Where the VPC stands.</summary>
    public VpcStatus Status { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>When the VPC was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>The provider of the site; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfrastructureProviderSummary? InfrastructureProvider { get; init; }

    /// <summary>The tenant; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TenantSummary? Tenant { get; init; }

    /// <summary>The site; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteSummary? Site { get; init; }
}
