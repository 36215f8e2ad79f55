using Nico.SharedKernel;
using Nico.SharedKernel.Fields;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Machines.GetInstanceTypeStats;

/// <summary>A site's machines by instance type. Source: spec/41-machine.md, section 10.</summary>
public sealed record GetInstanceTypeStats : IQuery<IReadOnlyList<MachineInstanceTypeStats>>
{
    /// <summary>The site, one of the org's provider.</summary>
    [Query]
    public Guid? SiteId { get; init; }
}

/// <summary>The machines of an instance type at a site, and what of them is given to tenants.</summary>
public sealed record MachineInstanceTypeStats
{
    /// <summary>Id of the instance type.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the instance type.</summary>
    public required string Name { get; init; }

    /// <summary>Machines that belong to it.</summary>
    public required MachineStatusBreakdown AssignedMachineStats { get; init; }

    /// <summary>Machines that allocations promise to tenants.</summary>
    public int Allocated { get; init; }

    /// <summary>Machines that could be promised beyond that.</summary>
    public int MaxAllocatable { get; init; }

    /// <summary>Machines that carry instances of the type.</summary>
    public required MachineStatusBreakdown UsedMachineStats { get; init; }

    /// <summary>The same by tenant.</summary>
    public required IReadOnlyList<InstanceTypeStats> Tenants { get; init; }
}

/// <summary>What a tenant has of an instance type.</summary>
public sealed record InstanceTypeStats
{
    /// <summary>Id of the tenant.</summary>
    public Guid Id { get; init; }

    /// <summary>Org of the tenant.</summary>
    public required string Name { get; init; }

    /// <summary>Machines that allocations promise to it.</summary>
    public int Allocated { get; init; }

    /// <summary>Machines that carry its instances of the type.</summary>
    public required MachineStatusBreakdown UsedMachineStats { get; init; }

    /// <summary>Machines of the type that could be promised beyond what is.</summary>
    public int MaxAllocatable { get; init; }

    /// <summary>The allocations.</summary>
    public required IReadOnlyList<AllocationStats> Allocations { get; init; }
}

/// <summary>What one allocation promises of an instance type.</summary>
public sealed record AllocationStats
{
    /// <summary>Id of the allocation.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the allocation.</summary>
    public required string Name { get; init; }

    /// <summary>Machines that it promises.</summary>
    public int Total { get; init; }
}

internal sealed class GetInstanceTypeStatsEndpoint : QueryEndpoint<GetInstanceTypeStats, IReadOnlyList<MachineInstanceTypeStats>>
{
    public override void Configure()
    {
        Get("machine/instance-type/stats");
        Allow(Role.ProviderAdmin);
        Describe(
            "get-machine-instance-type-stats",
            "Machine",
            "Count a site's machines by instance type",
            "Of each instance type of the site its machines by status, what allocations promise of them, and what instances use.",
            404);
    }

    internal sealed class Rules : FastEndpoints.Validator<GetInstanceTypeStats>
    {
        public Rules() => RuleFor(stats => stats.SiteId).Required();
    }
}
