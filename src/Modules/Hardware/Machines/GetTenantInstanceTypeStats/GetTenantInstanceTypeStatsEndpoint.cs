using Nico.Hardware.Machines.GetInstanceTypeStats;
using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Machines.GetTenantInstanceTypeStats;

/// <summary>What tenants have of a site's instance types. Source: spec/10-identity.md, section 5.3.</summary>
public sealed record GetTenantInstanceTypeStats : IQuery<IReadOnlyList<TenantInstanceTypeStats>>
{
    /// <summary>The site, one of the org's provider.</summary>
    [Query]
    public Guid? SiteId { get; init; }
}

/// <summary>What a tenant has of a site's instance types.</summary>
public sealed record TenantInstanceTypeStats
{
    /// <summary>Id of the tenant.</summary>
    public Guid Id { get; init; }

    /// <summary>Org of the tenant.</summary>
    public required string Org { get; init; }

    /// <summary>What the org calls itself; its name when it says nothing.</summary>
    public required string OrgDisplayName { get; init; }

    /// <summary>The instance types of which something is allocated to it, by name.</summary>
    public required IReadOnlyList<InstanceTypeStats> InstanceTypes { get; init; }
}

internal sealed class GetTenantInstanceTypeStatsEndpoint : QueryEndpoint<GetTenantInstanceTypeStats, IReadOnlyList<TenantInstanceTypeStats>>
{
    public override void Configure()
    {
        Get("tenant/instance-type/stats");
        Allow(Role.ProviderAdmin);
        Describe(
            "get-tenant-instance-type-stats",
            "Tenant",
            "Count what tenants have of a site's instance types",
            "Of each tenant that has allocations of the site's instance types: what they promise, and the machines that its instances use, by status.",
            404);
    }

    internal sealed class Rules : FastEndpoints.Validator<GetTenantInstanceTypeStats>
    {
        public Rules() => RuleFor(stats => stats.SiteId).Required();
    }
}
