using System.Text.Json;
using Microsoft.Extensions.Logging;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Hardware.Sites.Liveness;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;

namespace Nico.Hardware.Machines.Inventory;

/// <summary>
/// The machines of a site, as its controller reports them: the only source of machines. A chunk takes one statement when
/// nothing in it has changed, and a fixed number of them otherwise. Source: spec/41-machine.md, section 3; spec/60-site-link.md, section 8.13.
/// </summary>
internal sealed partial class MachineInventory(
    SiteHeartbeat heartbeat, IInstanceTypes types, TimeProvider clock, ILogger<MachineInventory> log) : SiteInventory<MachineFrame>
{
    /// <summary>How far the time of a health observation that says nothing new may lag behind.</summary>
    private static readonly TimeSpan _observationLag = TimeSpan.FromMinutes(5);

    public override string Kind => "machine";

    public override InventoryOrder Order => InventoryOrder.Machines;

    /// <summary>Hosts only: no DPUs, and no hosts that are merely expected.</summary>
    public override async Task<IReadOnlyList<string>> Ids(Forge.ForgeClient core, CancellationToken ct) =>
        [.. (await core.FindMachineIdsAsync(new MachineSearchConfig(), cancellationToken: ct)).MachineIds.Select(id => id.Id)];

    public override async Task<IReadOnlyList<MachineFrame>> ByIds(Forge.ForgeClient core, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var request = new MachinesByIdsRequest { MachineIds = { ids.Select(id => new MachineId { Id = id }) } };
        return [.. (await core.FindMachineFramesByIdsAsync(request, ct)).Machines.Select(bytes => new MachineFrame(bytes))];
    }

    public override Task Answered(Db db, Guid siteId, CancellationToken ct) => heartbeat.Heard(db, siteId, ct);

    /// <summary>Drift are machines that another site has: a machine moves only when that site misses it and nobody holds it.</summary>
    public override async Task<IReadOnlyList<string>> Apply(Db db, InventoryPage<MachineFrame> page, CancellationToken ct)
    {
        var owner = await db.OneOrNone<Guid?>(
            "select infrastructure_provider_id from hardware.site where id = @SiteId and deleted is null", new { page.SiteId }, ct);
        if (owner is not { } providerId)
        {
            return [];
        }

        var seen = (await db.Many<Seen>(
            Sql.Of<MachineInventory>("SeenMachines"), new { ids = page.Items.Select(frame => frame.Id).OfType<string>().ToArray() }, ct)).ToDictionary(machine => machine.Id);
        var reports = page.Items
            .Where(frame => frame.Id is not { } id || !seen.TryGetValue(id, out var machine) || !machine.IsWrittenFrom(frame, page))
            .Select(frame => MachineReport.Of(frame.Read()) is { } report ? report with { ReportHash = frame.Hash } : null)
            .OfType<MachineReport>()
            .DistinctBy(report => report.Id)
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
        var elsewhere = locked.Where(machine => !machine.CanBeAt(page.SiteId, providerId)).Select(machine => machine.Id).ToHashSet();
        var due = news
            .Select(report => new Change(report, known.GetValueOrDefault(report.Id)))
            .Where(change => !elsewhere.Contains(change.Report.Id) && !(change.Known?.Touched >= page.Fence))
            .ToList();
        await Write(db, page.SiteId, providerId, await OfOwnTypes(page.SiteId, due, ct), ct);
        foreach (var change in due.Where(change => change.Report.Skipped > 0))
        {
            PartsSkipped(log, page.SiteId, change.Report.Id, change.Report.Skipped);
        }

        return [.. elsewhere];
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

    protected override string? IdOf(MachineFrame item) => item.Id;

    protected override long HashOf(MachineFrame item) => item.Hash;

    /// <summary>Follows the time of health observations that say nothing new, without calling that a change of the machine.</summary>
    private static async Task NoteObservations(
        Db db, InventoryPage<MachineFrame> page, Dictionary<string, MachineReport> reports, Dictionary<string, Seen> seen, CancellationToken ct)
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
        public bool IsWrittenFrom(MachineFrame frame, InventoryPage<MachineFrame> page) =>
            ReportHash == frame.Hash && SiteId == page.SiteId && HealthObserved + _observationLag > page.Fence;
    }

    private sealed record Entry(string MachineId, MachineStatus Status, string Message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Site {SiteId} reports machine {MachineId} with {Count} parts that could not be read")]
    private static partial void PartsSkipped(ILogger log, Guid siteId, string machineId, int count);
}
