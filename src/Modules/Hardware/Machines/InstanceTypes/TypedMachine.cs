using Nico.Hardware.Contracts;

namespace Nico.Hardware.Machines.InstanceTypes;

/// <summary>A machine, locked: what decides whether it can join or leave an instance type.</summary>
internal sealed record TypedMachine
{
    public required string Id { get; init; }

    public Guid SiteId { get; init; }

    public Guid InfrastructureProviderId { get; init; }

    public Guid? InstanceTypeId { get; init; }

    /// <summary>The order about it that its site has not answered yet.</summary>
    public Guid? InstanceTypeOrder { get; init; }

    public Guid? InstanceId { get; init; }

    public MachineStatus Status { get; init; }

    public bool IsMissingOnSite { get; init; }
}
