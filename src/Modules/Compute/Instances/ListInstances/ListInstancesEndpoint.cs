using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Instances.ListInstances;

/// <summary>The tenant's instances. Source: spec/30-instance.md, section 9.2.</summary>
public sealed record ListInstances : ListQuery, IQuery<Page<InstanceResponse>>
{
    private static readonly ListOrder _orders = ListOrder
        .By("name", "created", "updated", "machine_id", "tenant_org_display_name", "instance_type_name")
        .And("HAS_INFINIBAND", "not has_infiniband")
        .And("STATUS", "shown_status");

    /// <summary>Only instances on machines of this provider.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>Only instances at these sites; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> SiteId { get; init; } = [];

    /// <summary>Only instances in these VPCs, primary or secondary; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> VpcId { get; init; } = [];

    /// <summary>Only instances of these types; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> InstanceTypeId { get; init; } = [];

    /// <summary>Only instances with these operating systems; may be repeated.</summary>
    [Query]
    public IReadOnlyList<Guid> OperatingSystemId { get; init; } = [];

    /// <summary>Only instances on these machines; may be repeated.</summary>
    [Query]
    public IReadOnlyList<string> MachineId { get; init; } = [];

    /// <summary>Only instances with these security groups of their own; may be repeated.</summary>
    [Query]
    public IReadOnlyList<string> NetworkSecurityGroupId { get; init; } = [];

    /// <summary>Only the instances of exactly this name.</summary>
    [Query]
    public string? Name { get; init; }

    /// <summary>Only instances in these statuses; may be repeated.</summary>
    [Query]
    public IReadOnlyList<InstanceStatus> Status { get; init; } = [];

    /// <summary>Only instances with an interface that has one of these addresses; may be repeated.</summary>
    [Query]
    public IReadOnlyList<string> IpAddress { get; init; } = [];

    /// <summary>Text to search for in name, description, status and labels.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<InstanceRelation> IncludeRelation { get; init; } = [];

    public override ListOrder Orders() => _orders;
}

internal sealed class ListInstancesEndpoint : ListEndpoint<ListInstances, InstanceResponse>
{
    public override void Configure()
    {
        Get("instance");
        Allow(Role.TenantAdmin);
        Describe(
            "get-all-instance",
            "Instance",
            "List instances",
            "The instances of the org's tenant, at every site. Ordered by HAS_INFINIBAND_ASC, those with InfiniBand devices come first.");
    }
}
