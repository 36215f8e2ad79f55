using Nico.Hardware.Contracts;
using Nico.Hardware.Machines.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Hardware.Machines;

internal sealed class Machines(Db db, ISiteCommands commands, TimeProvider clock) : IMachines
{
    public Task<MachineRef?> Find(string id, CancellationToken ct) => Read(Sql.Of<Machines>("FindMachine"), id, ct);

    public Task<MachineRef?> Lock(string id, CancellationToken ct) => Read(Sql.Of<Machines>("LockMachineRef"), id, ct);

    public async Task Assign(string id, Guid instanceId, Guid tenantId, CancellationToken ct)
    {
        var now = clock.Now();
        await db.Execute(Sql.Of<Machines>("Assign"), new { id, instanceId, tenantId, now, message = MachineMessages.InUse }, ct);
        await HardwareModule.MachineHistory.Append(db, id, nameof(MachineStatus.InUse), MachineMessages.InUse, now, ct);
    }

    public async Task Release(IReadOnlyCollection<(string MachineId, Guid InstanceId)> held, bool needsReset, CancellationToken ct)
    {
        var now = clock.Now();
        var message = needsReset ? MachineMessages.Resetting : MachineMessages.Released;
        var freed = await db.Many<(string Id, string? Status)>(
            Sql.Of<Machines>("Release"),
            new { ids = held.Select(one => one.MachineId).ToArray(), instanceIds = held.Select(one => one.InstanceId).ToArray(), needsReset, now, message },
            ct);
        await HardwareModule.MachineHistory.AppendAll(
            db, [.. freed.Where(one => one.Status is not null).Select(one => new StatusChange(one.Id, one.Status!, message))], now, ct);
    }

    public async Task NoteUnknown(
        Guid siteId, IReadOnlyCollection<(string MachineId, Guid InstanceId)> unknown, IReadOnlyCollection<Guid> reported, CancellationToken ct)
    {
        var now = clock.Now();
        var changed = await db.Many<(string Id, Guid? InstanceId, string Status)>(
            Sql.Of<Machines>("NoteUnknownInstances"),
            new
            {
                siteId,
                ids = unknown.Select(one => one.MachineId).ToArray(),
                instanceIds = unknown.Select(one => one.InstanceId).ToArray(),
                reported = reported.ToArray(),
                now,
            },
            ct);
        await HardwareModule.MachineHistory.AppendAll(
            db,
            [
                .. changed.Where(one => one.InstanceId is not null)
                    .Select(one => new StatusChange(one.Id, one.Status, MachineMessages.CarriesUnknown(one.InstanceId!.Value))),
            ],
            now,
            ct);
    }

    public Task ForgetUnknown(Guid siteId, string[] present, CancellationToken ct) =>
        db.Execute(Sql.Of<Machines>("ForgetUnknownInstances"), new { siteId, present, now = clock.Now() }, ct);

    public async Task EndRepair(string id, CancellationToken ct)
    {
        if (await db.OneOrNone<Guid?>("select site_id from hardware.machine where id = @id", new { id }, ct) is { } siteId)
        {
            await commands.EnqueueInBackground(
                MachineAtSite.Command(siteId, id, MachineAtSite.OnlineRepair, SiteOperation.Delete, new OnlineRepairArguments(null, null)), ct);
        }
    }

    public async Task<IReadOnlyDictionary<string, MachineSummary>> Summaries(IReadOnlyCollection<string> ids, CancellationToken ct) =>
        ids.Count == 0
            ? new Dictionary<string, MachineSummary>()
            : (await db.Many<MachineSummary>(Sql.Of<Machines>("MachinesByIds"), new { ids }, ct)).ToDictionary(machine => machine.Id);

    private async Task<MachineRef?> Read(string sql, string id, CancellationToken ct) =>
        await db.OneOrNone<MachineRef>(sql, new { id }, ct) is { } machine
            ? machine with
            {
                Networks = [.. (await db.Many<Network>(Sql.Of<Machines>("Networks"), new { id }, ct))
                    .Select(network => new MachineNetworkCapability(network.Name, network.DeviceType, network.Count, network.InactiveDevices))],
            }
            : null;

    private sealed record Network
    {
        public required string Name { get; init; }

        public string? DeviceType { get; init; }

        public int Count { get; init; }

        public required int[] InactiveDevices { get; init; }
    }
}
