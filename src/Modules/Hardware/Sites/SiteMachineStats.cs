using System.Text.Json.Serialization;
using Nico.Hardware.Contracts;

namespace Nico.Hardware.Sites;

/// <summary>The machines of a site, counted.</summary>
public sealed record SiteMachineStats
{
    /// <summary>All of them.</summary>
    public int Total { get; init; }

    /// <summary>By status, every status present.</summary>
    public required SiteMachineStatsByStatus TotalByStatus { get; init; }

    /// <summary>By health; what there is none of is left out.</summary>
    public required SiteMachineStatsByHealth TotalByHealth { get; init; }

    /// <summary>By status and health, every status present.</summary>
    public required SiteMachineStatsByStatusAndHealth TotalByStatusAndHealth { get; init; }

    /// <summary>By use through allocations of instance types.</summary>
    public required SiteMachineStatsByAllocation TotalByAllocation { get; init; }
}

/// <summary>Machines by health: unhealthy is one with at least one alert.</summary>
public sealed record SiteMachineStatsByHealth
{
    /// <summary>Machines without an alert.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Healthy { get; init; }

    /// <summary>Machines with an alert.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Unhealthy { get; init; }
}

/// <summary>Machines by use through allocations of instance types.</summary>
public sealed record SiteMachineStatsByAllocation
{
    /// <summary>Machines of an instance type that carry an instance.</summary>
    public int AllocatedInUse { get; init; }

    /// <summary>Machines that are allocated and not in use; 0 while no instance type is allocated.</summary>
    public int AllocatedNotInUse { get; init; }

    /// <summary>Machines that no allocation counts on; 0 while no instance type is allocated.</summary>
    public int Unallocated { get; init; }
}

/// <summary>Machines by status.</summary>
public sealed record SiteMachineStatsByStatus
{
    /// <summary>Machines taken away for good.</summary>
    [JsonPropertyName("Decommissioned")]
    public int Decommissioned { get; init; }

    /// <summary>Machines being taken away for good: none, for nothing does that yet.</summary>
    [JsonPropertyName("Decommissioning")]
    public int Decommissioning { get; init; }

    /// <summary>Machines faulty, or no longer reported.</summary>
    [JsonPropertyName("Error")]
    public int Error { get; init; }

    /// <summary>Machines being prepared.</summary>
    [JsonPropertyName("Initializing")]
    public int Initializing { get; init; }

    /// <summary>Machines carrying an instance.</summary>
    [JsonPropertyName("InUse")]
    public int InUse { get; init; }

    /// <summary>Machines taken out of service.</summary>
    [JsonPropertyName("Maintenance")]
    public int Maintenance { get; init; }

    /// <summary>Machines free and healthy.</summary>
    [JsonPropertyName("Ready")]
    public int Ready { get; init; }

    /// <summary>Machines being cleaned after an instance.</summary>
    [JsonPropertyName("Reset")]
    public int Reset { get; init; }

    /// <summary>Machines in a state that means nothing to Nico.</summary>
    [JsonPropertyName("Unknown")]
    public int Unknown { get; init; }
}

/// <summary>Machines by status and health.</summary>
public sealed record SiteMachineStatsByStatusAndHealth
{
    /// <summary>Machines taken away for good.</summary>
    [JsonPropertyName("Decommissioned")]
    public required SiteMachineStatsByHealth Decommissioned { get; init; }

    /// <summary>Machines being taken away for good: none, for nothing does that yet.</summary>
    [JsonPropertyName("Decommissioning")]
    public SiteMachineStatsByHealth Decommissioning { get; init; } = new();

    /// <summary>Machines faulty, or no longer reported.</summary>
    [JsonPropertyName("Error")]
    public required SiteMachineStatsByHealth Error { get; init; }

    /// <summary>Machines being prepared.</summary>
    [JsonPropertyName("Initializing")]
    public required SiteMachineStatsByHealth Initializing { get; init; }

    /// <summary>Machines carrying an instance.</summary>
    [JsonPropertyName("InUse")]
    public required SiteMachineStatsByHealth InUse { get; init; }

    /// <summary>Machines taken out of service.</summary>
    [JsonPropertyName("Maintenance")]
    public required SiteMachineStatsByHealth Maintenance { get; init; }

    /// <summary>Machines free and healthy.</summary>
    [JsonPropertyName("Ready")]
    public required SiteMachineStatsByHealth Ready { get; init; }

    /// <summary>Machines being cleaned after an instance.</summary>
    [JsonPropertyName("Reset")]
    public required SiteMachineStatsByHealth Reset { get; init; }

    /// <summary>Machines in a state that means nothing to Nico.</summary>
    [JsonPropertyName("Unknown")]
    public required SiteMachineStatsByHealth Unknown { get; init; }
}

/// <summary>How many machines of a site have a status and are healthy or not, and how many of these use an instance type's allocation.</summary>
internal sealed record MachineCount(Guid SiteId, MachineStatus Status, bool IsHealthy, int Machines, int AllocatedInUse)
{
    /// <summary>The counts of one site, where so many machines are promised to tenants, as its statistics.</summary>
    public static SiteMachineStats ToStats(IReadOnlyCollection<MachineCount> counts, int promised)
    {
        var inUse = counts.Sum(count => count.AllocatedInUse);
        int With(MachineStatus status) => Sum(counts.Where(count => count.Status == status));
        SiteMachineStatsByHealth HealthOf(MachineStatus status) => new()
        {
            Healthy = Sum(counts.Where(count => count.Status == status && count.IsHealthy)),
            Unhealthy = Sum(counts.Where(count => count.Status == status && !count.IsHealthy)),
        };
        return new SiteMachineStats
        {
            Total = Sum(counts),
            TotalByStatus = new SiteMachineStatsByStatus
            {
                Decommissioned = With(MachineStatus.Decommissioned),
                Error = With(MachineStatus.Error),
                Initializing = With(MachineStatus.Initializing),
                InUse = With(MachineStatus.InUse),
                Maintenance = With(MachineStatus.Maintenance),
                Ready = With(MachineStatus.Ready),
                Reset = With(MachineStatus.Reset),
                Unknown = With(MachineStatus.Unknown),
            },
            TotalByHealth = new SiteMachineStatsByHealth
            {
                Healthy = Sum(counts.Where(count => count.IsHealthy)) is > 0 and var healthy ? healthy : null,
                Unhealthy = Sum(counts.Where(count => !count.IsHealthy)) is > 0 and var unhealthy ? unhealthy : null,
            },
            TotalByStatusAndHealth = new SiteMachineStatsByStatusAndHealth
            {
                Decommissioned = HealthOf(MachineStatus.Decommissioned),
                Error = HealthOf(MachineStatus.Error),
                Initializing = HealthOf(MachineStatus.Initializing),
                InUse = HealthOf(MachineStatus.InUse),
                Maintenance = HealthOf(MachineStatus.Maintenance),
                Ready = HealthOf(MachineStatus.Ready),
                Reset = HealthOf(MachineStatus.Reset),
                Unknown = HealthOf(MachineStatus.Unknown),
            },
            TotalByAllocation = new SiteMachineStatsByAllocation
            {
                AllocatedInUse = inUse,
                AllocatedNotInUse = Math.Max(0, promised - inUse),
                Unallocated = promised == 0 ? 0 : Math.Max(0, Sum(counts) - promised),
            },
        };
    }

    private static int Sum(IEnumerable<MachineCount> counts) => counts.Sum(count => count.Machines);
}
