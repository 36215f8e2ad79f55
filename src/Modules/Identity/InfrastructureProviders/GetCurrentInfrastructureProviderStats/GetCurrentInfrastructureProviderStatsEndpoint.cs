using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.InfrastructureProviders.GetCurrentInfrastructureProviderStats;

/// <summary>What the org's provider has, counted. Source: spec/10-identity.md, section 4.</summary>
public sealed record GetCurrentInfrastructureProviderStats : IQuery<InfrastructureProviderStats>;

/// <summary>What a provider has, counted.</summary>
public sealed record InfrastructureProviderStats
{
    /// <summary>Its machines at all its sites.</summary>
    public required MachineCountByStatus Machine { get; init; }

    /// <summary>Its IP blocks, with those that were carved out for tenants.</summary>
    public required IpBlockCountByStatus IpBlock { get; init; }

    /// <summary>Its accounts with tenants.</summary>
    public required TenantAccountCountByStatus TenantAccount { get; init; }
}

/// <summary>Machines by status.</summary>
public sealed record MachineCountByStatus
{
    /// <summary>All of them.</summary>
    public int Total { get; init; }

    /// <summary>Being discovered, tested or prepared.</summary>
    public int Initializing { get; init; }

    /// <summary>Being cleaned after an instance.</summary>
    public int Reset { get; init; }

    /// <summary>Carrying an instance: the same as <c>inUse</c>.</summary>
    public int Assigned { get; init; }

    /// <summary>Free and healthy.</summary>
    public int Ready { get; init; }

    /// <summary>Carrying an instance.</summary>
    public int InUse { get; init; }

    /// <summary>Faulty, or no longer reported by their site.</summary>
    public int Error { get; init; }

    /// <summary>Being taken away for good: none, for nothing does that yet.</summary>
    public int Decommissioning { get; init; }

    /// <summary>Taken away for good.</summary>
    public int Decommissioned { get; init; }

    /// <summary>Taken out of service.</summary>
    public int Maintenance { get; init; }

    /// <summary>In a state that means nothing to Nico.</summary>
    public int Unknown { get; init; }
}

/// <summary>IP blocks by status.</summary>
public sealed record IpBlockCountByStatus : NetworkCountByStatus;

internal sealed class GetCurrentInfrastructureProviderStatsEndpoint : QueryEndpoint<GetCurrentInfrastructureProviderStats, InfrastructureProviderStats>
{
    public override void Configure()
    {
        Get("infrastructure-provider/current/stats");
        Allow(Role.ProviderAdmin);
        Describe(
            "get-current-infrastructure-provider-stats",
            "Infrastructure Provider",
            "Count what the org's infrastructure provider has",
            "Machines, IP blocks and tenant accounts of the org's provider by status. A total counts every status, also one that is not listed.",
            404);
    }
}
