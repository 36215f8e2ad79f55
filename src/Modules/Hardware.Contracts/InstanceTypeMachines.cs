using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Contracts;

/// <summary>A machine that belongs to an instance type.</summary>
public sealed record MachineAssociation
{
    /// <summary>Id of the association.</summary>
    public Guid Id { get; init; }

    /// <summary>The machine.</summary>
    public required string MachineId { get; init; }

    /// <summary>The instance type.</summary>
    public Guid InstanceTypeId { get; init; }

    /// <summary>Since when the machine belongs to it.</summary>
    public DateTime Created { get; init; }

    /// <summary>The same: associations are made and ended, never changed.</summary>
    public DateTime Updated { get; init; }
}

/// <summary>How many machines an instance type has.</summary>
/// <param name="InstanceTypeId">The instance type.</param>
/// <param name="Assigned">All of them.</param>
/// <param name="Free">Those that are Ready and carry no instance.</param>
public sealed record InstanceTypeMachineCount(Guid InstanceTypeId, int Assigned, int Free);

/// <summary>The machines of instance types. Whoever changes them locks the instance type first, then machines.</summary>
public interface IInstanceTypeMachines
{
    /// <summary>The machines of each of these instance types, counted in one statement; one without machines is left out.</summary>
    Task<IReadOnlyDictionary<Guid, InstanceTypeMachineCount>> Counts(IReadOnlyCollection<Guid> instanceTypeIds, CancellationToken ct);

    /// <summary>One page of an instance type's machines.</summary>
    Task<Page<MachineAssociation>> Page(Guid instanceTypeId, ListQuery list, CancellationToken ct);

    /// <summary>The machines of each of these instance types, in one statement.</summary>
    Task<ILookup<Guid, MachineAssociation>> Of(IReadOnlyCollection<Guid> instanceTypeIds, CancellationToken ct);

    /// <summary>Those of these machines that belong to the instance type, in the order of the ids.</summary>
    Task<IReadOnlyList<MachineAssociation>> Of(Guid instanceTypeId, IReadOnlyList<string> machineIds, CancellationToken ct);

    /// <summary>
    /// Has the machines, all or none, join the instance type, here and at the site. They are free and of its provider and site, belong to no
    /// instance type and have the parts that it asks for.
    /// </summary>
    Task Associate(Guid instanceTypeId, IReadOnlyList<string> machineIds, CancellationToken ct);

    /// <summary>
    /// Has the machine, named by its id or by that of its association, leave the instance type, unless it carries an instance or is
    /// promised to a tenant. False when the instance type has no such machine.
    /// </summary>
    Task<bool> Remove(Guid instanceTypeId, string id, CancellationToken ct);

    /// <summary>All machines of the instance type belong to none any more: its site has removed it.</summary>
    Task LeaveAll(Guid instanceTypeId, CancellationToken ct);
}
