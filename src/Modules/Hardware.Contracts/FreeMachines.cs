namespace Nico.Hardware.Contracts;

/// <summary>A free machine, under a row lock until the transaction ends.</summary>
public sealed record FreeMachine
{
    /// <summary>The controller's id of the machine.</summary>
    public required string Id { get; init; }

    /// <summary>The provider that owns it.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>True when it has InfiniBand devices.</summary>
    public bool HasInfiniBand { get; init; }

    /// <summary>Its GPUs' NVLink domain, where it has one.</summary>
    public string? NvLinkDomainId { get; init; }
}

/// <summary>
/// Machines of an instance type that an instance could be placed on now: Ready, usable, there, and without an instance. The time that it
/// takes to find some does not grow with the number of machines.
/// </summary>
public interface IFreeMachines
{
    /// <summary>
    /// Exactly <paramref name="count"/> of them, any, locked; none when there are fewer. Machines that others are just taking are left to them.
    /// Where they are sought begins at random, so that who tries again does not get the same bad machine.
    /// </summary>
    Task<IReadOnlyList<FreeMachine>> Lock(Guid siteId, Guid instanceTypeId, int count, CancellationToken ct);

    /// <summary>
    /// Exactly <paramref name="count"/> of one NVLink domain, locked: of the one with the most that are free, and at large sites of one of the
    /// fullest. None when no domain has so many; that alone takes the longer, the more domains there are.
    /// </summary>
    Task<IReadOnlyList<FreeMachine>> LockOfOneDomain(Guid siteId, Guid instanceTypeId, int count, CancellationToken ct);

    /// <summary>Gives each locked machine to an instance of the tenant, in one statement.</summary>
    Task Assign(IReadOnlyCollection<MachineAssignment> assignments, Guid tenantId, CancellationToken ct);
}

/// <summary>Which machine an instance gets.</summary>
/// <param name="MachineId">The machine.</param>
/// <param name="InstanceId">The instance.</param>
public sealed record MachineAssignment(string MachineId, Guid InstanceId);
