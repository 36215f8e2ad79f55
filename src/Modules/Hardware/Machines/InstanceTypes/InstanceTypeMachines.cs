using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Machines.InstanceTypes;

internal sealed class InstanceTypeMachines(Db db, IInstanceTypes types, InstanceTypeOrders orders, TimeProvider clock) : IInstanceTypeMachines
{
    public async Task<IReadOnlyDictionary<Guid, InstanceTypeMachineCount>> Counts(IReadOnlyCollection<Guid> instanceTypeIds, CancellationToken ct) =>
        instanceTypeIds.Count == 0
            ? new Dictionary<Guid, InstanceTypeMachineCount>()
            : (await db.Many<InstanceTypeMachineCount>(Sql.Of<InstanceTypeMachines>("CountMachines"), new { instanceTypeIds }, ct))
                .ToDictionary(count => count.InstanceTypeId);

    public Task<Page<MachineAssociation>> Page(Guid instanceTypeId, ListQuery list, CancellationToken ct) =>
        db.Page<MachineAssociation>(Sql.Of<InstanceTypeMachines>("ListMachinesOfType"), new { instanceTypeId }, list.Page(), list.SqlOrder(), ct);

    public async Task<ILookup<Guid, MachineAssociation>> Of(IReadOnlyCollection<Guid> instanceTypeIds, CancellationToken ct) =>
        (await db.Many<MachineAssociation>(Sql.Of<InstanceTypeMachines>("MachinesOfTypes"), new { instanceTypeIds }, ct))
            .ToLookup(association => association.InstanceTypeId);

    public async Task<IReadOnlyList<MachineAssociation>> Of(Guid instanceTypeId, IReadOnlyList<string> machineIds, CancellationToken ct)
    {
        var found = (await db.Many<MachineAssociation>(Sql.Of<InstanceTypeMachines>("AssociationsOfMachines"), new { instanceTypeId, machineIds }, ct))
            .ToDictionary(association => association.MachineId);
        return [.. machineIds.Select(found.GetValueOrDefault).OfType<MachineAssociation>()];
    }

    public async Task Associate(Guid instanceTypeId, IReadOnlyList<string> machineIds, CancellationToken ct)
    {
        var type = await Lock(instanceTypeId, ct);
        var ids = machineIds.Distinct().ToArray();
        var machines = (await LockMachines(ids, ct)).ToDictionary(machine => machine.Id);
        foreach (var id in machineIds)
        {
            Require(type, machines.GetValueOrDefault(id), id);
        }

        if (machineIds.GroupBy(id => id).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw Problem.Conflict($"Machine {twice.Key} is named more than once", twice.Key);
        }

        await RequireParts(type, ids, ct);
        await orders.Join(instanceTypeId, [.. ids.Select(id => machines[id])], ct);
    }

    public async Task<bool> Remove(Guid instanceTypeId, string id, CancellationToken ct)
    {
        var type = await Lock(instanceTypeId, ct);
        var args = new { instanceTypeId, id, associationId = Guid.TryParse(id, out var associationId) ? associationId : (Guid?)null };
        if (await db.OneOrNone<TypedMachine>(Sql.Of<InstanceTypeMachines>("LockMachineOfType"), args, ct) is not { } machine)
        {
            return false;
        }

        if (machine.InstanceId is not null)
        {
            throw Problem.Invalid($"Machine {machine.Id} carries an instance");
        }

        await RequireSpare(type, ct);
        await orders.Leave(machine, ct);
        return true;
    }

    public Task LeaveAll(Guid instanceTypeId, CancellationToken ct) =>
        db.Execute(Sql.Of<InstanceTypeMachines>("LeaveAll"), new { instanceTypeId, now = clock.Now() }, ct);

    /// <summary>The machines under row locks until the transaction ends.</summary>
    public Task<List<TypedMachine>> LockMachines(IReadOnlyCollection<string> ids, CancellationToken ct) =>
        db.Many<TypedMachine>(Sql.Of<InstanceTypeMachines>("LockMachines"), new { ids }, ct);

    /// <summary>400 when the instance type, which is locked, needs every machine that it has for what is promised of it.</summary>
    public async Task RequireSpare(LockedInstanceType type, CancellationToken ct)
    {
        var count = (await Counts([type.Id], ct)).GetValueOrDefault(type.Id)?.Assigned ?? 0;
        if (count - 1 < type.Allocated)
        {
            throw Problem.Invalid($"Instance type {type.Id} has {count} machines, of which {type.Allocated} are allocated to tenants");
        }
    }

    private async Task<LockedInstanceType> Lock(Guid id, CancellationToken ct) =>
        (await types.Lock([id], ct)).GetValueOrDefault(id) switch
        {
            null => throw Problem.NotFound("Instance type", id),
            { Status: InstanceTypeStatus.Deleting } => throw Problem.Conflict($"Instance type {id} is Deleting"),
            var type => type,
        };

    private static void Require(LockedInstanceType type, TypedMachine? machine, string id)
    {
        if (machine is null || machine.InfrastructureProviderId != type.InfrastructureProviderId)
        {
            throw Problem.Invalid("machineIds", $"machine {id} does not exist");
        }

        if (machine.SiteId != type.SiteId)
        {
            throw Problem.Invalid("machineIds", $"machine {id} is at another site than instance type {type.Id}");
        }

        if (machine.InstanceTypeId is { } other)
        {
            throw Problem.Conflict($"Machine {id} belongs to instance type {other} already", other);
        }

        if (machine.IsMissingOnSite)
        {
            throw Problem.Invalid("machineIds", $"machine {id} is missing at its site");
        }

        if (machine.InstanceId is not null || machine.Status is not (MachineStatus.Ready or MachineStatus.Reset))
        {
            throw Problem.Invalid("machineIds", $"machine {id} is {machine.Status}, neither Ready nor Reset");
        }
    }

    private async Task RequireParts(LockedInstanceType type, string[] ids, CancellationToken ct)
    {
        if (type.Parts.Count == 0)
        {
            return;
        }

        var has = (await MachineRows.Capabilities(db, ids, ct)).ToLookup(part => part.MachineId);
        foreach (var id in ids)
        {
            if (PartMatch.Missing(type.Parts, [.. has[id]]) is { } missing)
            {
                throw Problem.Conflict($"Machine {id} has no {missing.Type} '{missing.Name}' such as instance type {type.Id} asks for");
            }
        }
    }
}
