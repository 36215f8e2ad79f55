using Nico.Hardware.Contracts;

namespace Nico.Hardware.Machines;

/// <summary>A machine that an order is about, locked.</summary>
internal sealed record LockedMachine
{
    public required string Id { get; init; }

    public Guid SiteId { get; init; }

    public Guid? InstanceTypeId { get; init; }

    public Guid? InstanceId { get; init; }

    public MachineStatus Status { get; init; }

    public required string StatusMessage { get; init; }

    public string? MaintenanceMessage { get; init; }

    public bool IsUsableByTenant { get; init; }

    public bool IsMissingOnSite { get; init; }

    public required Dictionary<string, string> Labels { get; init; }
}
