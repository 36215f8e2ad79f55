using Nico.Compute.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances.Repair;

/// <summary>Instances whose machines are repaired while they keep them. Source: spec/41-machine.md, section 6.7.</summary>
internal sealed class InstanceRepairs(Db db, TimeProvider clock) : IInstanceRepairs
{
    /// <summary>The label that says whether the instance may be deleted should the repair fail. ApplyInstances.sql and RemoveInstances.sql know it too.</summary>
    public const string Label = "onlineRepair.allowAutoInstanceDeletionOnFailure";

    public async Task<InstanceRepairChange> Begin(Guid instanceId, bool allowsDeletion, CancellationToken ct)
    {
        var instance = await Lock(instanceId, ct);
        if (instance.Status != InstanceStatus.Ready)
        {
            throw Problem.Invalid("onlineRepair", $"instance {instanceId} is {instance.Status}, not Ready");
        }

        return await Change(instanceId, instance, new InstanceRepair(true, allowsDeletion ? "true" : "false"), "The machine is being repaired", ct);
    }

    public async Task<InstanceRepairChange> End(Guid instanceId, bool hasAlert, CancellationToken ct)
    {
        var instance = await Lock(instanceId, ct);
        if (instance is { Status: not InstanceStatus.Repairing, Label: null } && !hasAlert)
        {
            throw Problem.Invalid("onlineRepair", $"instance {instanceId} is not being repaired");
        }

        return await Change(instanceId, instance, new InstanceRepair(false, null), "The repair of the machine has ended", ct);
    }

    public async Task Undo(InstanceRepairChange change, string? reason, CancellationToken ct)
    {
        var now = clock.Now();
        if (await Show(change.InstanceId, change.Before, now, ct) is not { } status)
        {
            return;
        }

        if (reason is null)
        {
            await ComputeModule.InstanceHistory.Withdraw(db, change.Entry, ct);
        }
        else
        {
            await ComputeModule.InstanceHistory.Append(db, change.InstanceId, status, reason, now, ct);
        }
    }

    private async Task<Repaired> Lock(Guid instanceId, CancellationToken ct) =>
        await db.OneOrNone<Repaired>(Sql.Of<InstanceRepairs>("LockRepaired"), new { instanceId, label = Label }, ct)
        ?? throw Problem.Invalid("onlineRepair", $"instance {instanceId} does not exist");

    private async Task<InstanceRepairChange> Change(Guid instanceId, Repaired instance, InstanceRepair wanted, string message, CancellationToken ct)
    {
        var now = clock.Now();
        var entry = Guid.CreateVersion7();
        var status = await Show(instanceId, wanted, now, ct);
        await ComputeModule.InstanceHistory.Append(db, entry, instanceId, status!, message, now, ct);
        return new InstanceRepairChange(instanceId, new InstanceRepair(instance.Status == InstanceStatus.Repairing, instance.Label), entry);
    }

    private Task<string?> Show(Guid instanceId, InstanceRepair repair, DateTime now, CancellationToken ct) => db.OneOrNone<string>(
        Sql.Of<InstanceRepairs>("ShowRepair"), new { instanceId, isRepairing = repair.IsRepairing, label = Label, value = repair.Label, now }, ct);

    private sealed record Repaired
    {
        public InstanceStatus Status { get; init; }

        public string? Label { get; init; }
    }
}
