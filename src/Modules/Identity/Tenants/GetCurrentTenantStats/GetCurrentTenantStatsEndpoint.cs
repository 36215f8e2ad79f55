using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.Tenants.GetCurrentTenantStats;

/// <summary>What the org's tenant has, counted. Source: spec/10-identity.md, section 5.2.</summary>
public sealed record GetCurrentTenantStats : IQuery<TenantStats>;

/// <summary>What a tenant has, counted.</summary>
public sealed record TenantStats
{
    /// <summary>Its instances.</summary>
    public required InstanceCountByStatus Instance { get; init; }

    /// <summary>Its VPCs.</summary>
    public required VpcCountByStatus Vpc { get; init; }

    /// <summary>Its subnets.</summary>
    public required SubnetCountByStatus Subnet { get; init; }

    /// <summary>Its accounts with providers.</summary>
    public required TenantAccountCountByStatus TenantAccount { get; init; }
}

/// <summary>Instances by the status that they show. But for <c>registering</c>, which is <c>provisioning</c> again, the sum is <c>total</c>.</summary>
public sealed record InstanceCountByStatus
{
    /// <summary>All of them.</summary>
    public int Total { get; init; }

    /// <summary>Accepted.</summary>
    public int Pending { get; init; }

    /// <summary>Being made.</summary>
    public int Provisioning { get; init; }

    /// <summary>Being made: the same as <c>provisioning</c>.</summary>
    public int Registering { get; init; }

    /// <summary>A changed configuration being put into effect.</summary>
    public int Configuring { get; init; }

    /// <summary>Running.</summary>
    public int Ready { get; init; }

    /// <summary>Restarting.</summary>
    public int Rebooting { get; init; }

    /// <summary>Machine being repaired while the instance keeps it.</summary>
    public int Repairing { get; init; }

    /// <summary>Firmware being updated.</summary>
    public int Updating { get; init; }

    /// <summary>Being released.</summary>
    public int Terminating { get; init; }

    /// <summary>Failed.</summary>
    public int Error { get; init; }

    /// <summary>In a state that means nothing to Nico.</summary>
    public int Unknown { get; init; }
}

/// <summary>VPCs by status.</summary>
public sealed record VpcCountByStatus : NetworkCountByStatus;

/// <summary>Subnets by status.</summary>
public sealed record SubnetCountByStatus : NetworkCountByStatus;

internal sealed class GetCurrentTenantStatsEndpoint : QueryEndpoint<GetCurrentTenantStats, TenantStats>
{
    public override void Configure()
    {
        Get("tenant/current/stats");
        Allow(Role.TenantAdmin);
        Describe(
            "get-current-tenant-stats",
            "Tenant",
            "Count what the org's tenant has",
            "Instances, VPCs, subnets and accounts of the org's tenant by status. A total counts every status, also one that is not listed.",
            404);
    }
}
