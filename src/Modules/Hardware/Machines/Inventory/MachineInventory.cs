using System.Text.Json;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Hardware.Sites.Liveness;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;
using Nico.SiteProtocol.Health;
using Reported = Nico.SiteProtocol.Forge.Machine;

namespace Nico.Hardware.Machines.Inventory;

/// <summary>
/// The machines of a site, as its controller reports them: the only source of machines. A chunk takes one statement when
/// nothing in it has changed, and a fixed number of them otherwise. Source: spec/41-machine.md, section 3; spec/60-site-link.md, section 8.13.
/// </summary>
internal sealed class MachineInventory(SiteHeartbeat heartbeat, IInstanceTypes types, TimeProvider clock) : SiteInventory<Reported>
{
    // What changes with every look of a controller at a machine, and nothing is kept of.
    private static readonly FrameShape _shape = FrameShape.Of(Reported.Descriptor).Without(
        (Reported.LastObservationTimeFieldNumber, 0),
        (Reported.IbStatusFieldNumber, 0),
        (Reported.NvlinkStatusObservationFieldNumber, 0),
        (Reported.HealthFieldNumber, HealthReport.ObservedAtFieldNumber));

    /// <summary>How far the time of a health observation that says nothing new may lag behind.</summary>
    private static readonly TimeSpan _observationLag = TimeSpan.FromMinutes(5);

    public override string Kind => "machine";

    public override InventoryPart Part => InventoryPart.Machines;

    /// <summary>Machines do not vanish by the dozen: a controller that says so was restored, is broken, or is another one.</summary>
    public override bool WaitsForOperator => true;

    /// <summary>Hosts only: no DPUs, and no hosts that are merely expected.</summary>
    protected override SiteQuery Everything => new("FindMachineIds", new MachineSearchConfig());

    protected override bool HasUuids => false;

    protected override FrameShape Shape => _shape;

    public override Task Answered(Db db, Guid siteId, CancellationToken ct) => heartbeat.Heard(db, siteId, ct);

    /// <summary>
    /// Drift are machines that another site has: a machine stays with the site that reported it first until that site's provider deletes it
    /// or the site, or until it has been missing there for long.
    /// </summary>
    public override async Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<Reported> page, CancellationToken ct)
    {
        var owner = await db.OneOrNone<Guid?>(
            "select infrastructure_provider_id from hardware.site where id = @SiteId and deleted is null", new { page.SiteId }, ct);
        if (owner is not { } providerId)
        {
            return [];
        }

        var seen = (await db.Many<Seen>(
            Sql.Of<MachineInventory>("SeenMachines"), new { ids = page.Items.Select(report => report.Id).ToArray() }, ct)).ToDictionary(machine => machine.Id);
        var reports = page.Items
            .Where(report => !seen.TryGetValue(report.Id, out var machine) || !machine.IsWrittenFrom(report.Hash, page))
            .Select(MachineReport.Of)
            .ToDictionary(report => report.Id);
        await NoteObservations(db, page, reports, seen, ct);

        var news = reports.Values
            .Where(report => !seen.TryGetValue(report.Id, out var machine) || machine.ReportDigest != report.Digest || machine.SiteId != page.SiteId)
            .ToList();
        if (news.Count == 0)
        {
            return [];
        }

        var locked = await db.Many<Known>(Sql.Of<MachineInventory>("LockMachines"), new { ids = news.Select(report => report.Id).ToArray() }, ct);
        var known = locked.ToDictionary(machine => machine.Id);
        List<Drift> drift = [.. locked.Where(machine => machine.SiteId != page.SiteId).Select(machine => Drift.Elsewhere(machine.Id, machine.SiteId))];
        var due = news
            .Select(report => new Change(report, known.GetValueOrDefault(report.Id)))
            .Where(change => change.Known is null || (change.Known.SiteId == page.SiteId && !(change.Known.Touched >= page.Fence)))
            .ToList();
        if (due.Any(change => change.Known is null))
        {
            var room = page.Most - await db.One<int>("select count(*)::integer from hardware.machine where site_id = @SiteId", new { page.SiteId }, ct);
            foreach (var change in due.Where(change => change.Known is null).Skip(Math.Max(room, 0)).ToArray())
            {
                drift.Add(Drift.TooMany(change.Report.Id, page.Most));
                due.Remove(change);
            }
        }

        await Write(db, page.SiteId, providerId, await OfOwnTypes(page.SiteId, due, ct), ct);
        return drift;
    }

    public override async Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        await db.Many<AbsentObject>(Sql.Of<MachineInventory>("AbsentMachines"), new { siteId, present, fence }, ct);

    public override async Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct)
    {
        var now = clock.Now();
        var args = new { siteId, ids, fence, now, message = MachineMessages.Missing };
        var missing = await db.Many<string>(Sql.Of<MachineInventory>("MissingMachines"), args, ct);
        await Record(db, missing.Select(id => new Entry(id, MachineStatus.Error, MachineMessages.Missing)), now, ct);
    }

    /// <summary>Removes machines that were only ever reported: nothing was ordered of them, and nobody holds them.</summary>
    public override async Task Forget(Db db, Guid siteId, DateTime before, CancellationToken ct)
    {
        var gone = await db.Many<string>(Sql.Of<MachineInventory>("ForgetMachines"), new { siteId, before }, ct);
        if (gone.Count > 0)
        {
            await HardwareModule.MachineHistory.Forget(db, gone, ct);
        }
    }

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) =>
        new("FindMachinesByIds", new MachinesByIdsRequest { MachineIds = { ids.Select(id => new MachineId { Id = id }) } });

    /// <summary>Follows the time of health observations that say nothing new, without calling that a change of the machine.</summary>
    private static async Task NoteObservations(
        Db db, InventoryPage<Reported> page, Dictionary<string, MachineReport> reports, Dictionary<string, Seen> seen, CancellationToken ct)
    {
        var due = reports.Values
            .Where(report => seen.TryGetValue(report.Id, out var machine)
                && machine.SiteId == page.SiteId
                && machine.ReportDigest == report.Digest
                && report.HealthObserved is { } observed
                && !(observed < machine.HealthObserved + _observationLag))
            .Select(report => report.Id)
            .ToArray();
        if (due.Length > 0)
        {
            await db.Execute(
                Sql.Of<MachineInventory>("NoteObservations"), new { ids = due, observed = due.Select(id => reports[id].HealthObserved).ToArray() }, ct);
        }
    }

    /// <summary>
    /// Nobody's machine belongs to an instance type of another site, whatever its controller says: it would be counted among the machines
    /// of somebody else.
    /// </summary>
    private async Task<List<Change>> OfOwnTypes(Guid siteId, List<Change> changes, CancellationToken ct)
    {
        var known = await types.Summaries([.. changes.Select(change => change.Report.InstanceTypeId).OfType<Guid>().Distinct()], ct);
        return [.. changes.Select(change => change.Report.InstanceTypeId is { } id && known.TryGetValue(id, out var type) && type.SiteId != siteId
            ? change with { Report = change.Report with { InstanceTypeId = null } }
            : change)];
    }

    private async Task Write(Db db, Guid siteId, Guid providerId, List<Change> changes, CancellationToken ct)
    {
        if (changes.Count == 0)
        {
            return;
        }

        var now = clock.Now();
        var ids = changes.Select(change => change.Report.Id).ToArray();
        var machines = JsonSerializer.Serialize(changes.Select(change => change.Row()), _snake);
        await db.Execute(Sql.Of<MachineInventory>("UpsertMachines"), new { siteId, providerId, machines, now }, ct);
        await Record(db, changes.Where(change => change.IsTransition).Select(change => new Entry(change.Report.Id, change.Status, change.Message)), now, ct);

        var interfaces = JsonSerializer.Serialize(changes.SelectMany(change => change.Interfaces()), _snake);
        await db.Execute(Sql.Of<MachineInventory>("SyncInterfaces"), new { ids, interfaces, now }, ct);

        var discovered = changes.Where(change => change.Report.Capabilities is not null).ToList();
        if (discovered.Count > 0)
        {
            var capabilities = JsonSerializer.Serialize(discovered.SelectMany(change => change.Capabilities()), _snake);
            var args = new { ids = discovered.Select(change => change.Report.Id).ToArray(), capabilities, now };
            await db.Execute(Sql.Of<MachineInventory>("SyncCapabilities"), args, ct);
        }
    }

    private static async Task Record(Db db, IEnumerable<Entry> entries, DateTime at, CancellationToken ct)
    {
        var all = entries.ToList();
        if (all.Count > 0)
        {
            await db.Execute(
                Sql.Of<MachineInventory>("AppendHistory"),
                new
                {
                    ids = all.Select(_ => Guid.CreateVersion7()).ToArray(),
                    machineIds = all.Select(entry => entry.MachineId).ToArray(),
                    statuses = all.Select(entry => entry.Status.ToString()).ToArray(),
                    messages = all.Select(entry => entry.Message).ToArray(),
                    at,
                },
                ct);
        }
    }

    /// <summary>Members as columns are named.</summary>
    private static readonly JsonSerializerOptions _snake = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    /// <summary>A machine that Nico has, as far as it says whether a report is news.</summary>
    private sealed record Seen(string Id, Guid SiteId, string? ReportDigest, long? ReportHash, DateTime? HealthObserved)
    {
        /// <summary>True when these very bytes were read before, and not so long ago that the time of its health's observation would count.</summary>
        public bool IsWrittenFrom(long hash, InventoryPage<Reported> page) =>
            ReportHash == hash && SiteId == page.SiteId && HealthObserved + _observationLag > page.Fence;
    }

    private sealed record Entry(string MachineId, MachineStatus Status, string Message);
}
