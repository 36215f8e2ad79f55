using Nico.Networking.Contracts;
using Nico.SharedKernel;

namespace Nico.Networking.Vpcs;

/// <summary>Where a VPC stands.</summary>
public enum VpcStatus
{
    /// <summary>Accepted; its site has not taken it yet.</summary>
    Pending,

    /// <summary>Taken by its site.</summary>
    Provisioning,

    /// <summary>Can be used.</summary>
    Ready,

    /// <summary>Being changed by its site.</summary>
    Configuring,

    /// <summary>Being removed.</summary>
    Deleting,

    /// <summary>Refused by its site, or no longer there.</summary>
    Error,
}

/// <summary>What an answer about VPCs can embed.</summary>
public enum VpcRelation
{
    /// <summary>The provider of the site, as <c>infrastructureProvider</c>.</summary>
    InfrastructureProvider,

    /// <summary>The tenant, as <c>tenant</c>.</summary>
    Tenant,

    /// <summary>The site, as <c>site</c>.</summary>
    Site,

    /// <summary>The security group, as <c>networkSecurityGroup</c>.</summary>
    NetworkSecurityGroup,

    /// <summary>The default NVLink partition, as <c>nvLinkLogicalPartitionSummary</c>.</summary>
    NVLinkLogicalPartition,
}

/// <summary>A row of <c>networking.vpc</c>.</summary>
internal sealed record Vpc
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Org { get; init; }

    public Guid TenantId { get; init; }

    public Guid SiteId { get; init; }

    public Guid InfrastructureProviderId { get; init; }

    public NetworkVirtualizationType? NetworkVirtualizationType { get; init; }

    /// <summary>As sites spell it: <c>PRIVILEGED_INTERNAL</c>.</summary>
    public string? RoutingProfile { get; init; }

    public int? RequestedVni { get; init; }

    public int? ActiveVni { get; init; }

    public string? NetworkSecurityGroupId { get; init; }

    public Guid? NvlinkLogicalPartitionId { get; init; }

    public Dictionary<string, string>? Labels { get; init; }

    public VpcStatus Status { get; init; }

    public VpcStatus? StatusBeforeDeletion { get; init; }

    public bool IsMissingOnSite { get; init; }

    public bool AtSite { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    /// <summary>False when its site refused to make it: then there is nothing to be changed there.</summary>
    public bool IsToldToSite => AtSite || Status != VpcStatus.Error;

    public VpcResponse ToResponse(IEnumerable<StatusDetail> history) => new()
    {
        Id = Id,
        Name = Name,
        Description = Description,
        Org = Org,
        TenantId = TenantId,
        SiteId = SiteId,
        InfrastructureProviderId = InfrastructureProviderId,
        ControllerVpcId = Id,
        NetworkVirtualizationType = NetworkVirtualizationType,
        RoutingProfile = RoutingProfiles.FromSite(RoutingProfile),
        RequestedVni = RequestedVni,
        Vni = ActiveVni,
        NetworkSecurityGroupId = NetworkSecurityGroupId,
        NvLinkLogicalPartitionId = NvlinkLogicalPartitionId,
        Labels = Labels ?? [],
        Status = Status,
        StatusHistory = [.. history],
        Created = Created,
        Updated = Updated,
    };
}

/// <summary>How a VPC is routed outside its site, as this API and as sites spell it.</summary>
internal static class RoutingProfiles
{
    private static readonly Dictionary<string, string> _atSite = new()
    {
        ["external"] = "EXTERNAL",
        ["internal"] = "INTERNAL",
        ["privileged-internal"] = "PRIVILEGED_INTERNAL",
    };

    /// <summary>The profiles that can be asked for.</summary>
    public static IReadOnlyCollection<string> Names => _atSite.Keys;

    /// <summary>As sites spell it.</summary>
    public static string? ToSite(string? profile) => profile is null ? null : _atSite[profile];

    /// <summary>As this API spells it; one that it does not know stays as it is.</summary>
    public static string? FromSite(string? profile) => _atSite.FirstOrDefault(pair => pair.Value == profile).Key ?? profile;
}
