using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Commands;
using Nico.SiteLink.Connections;

namespace Nico.SiteLink.Inventory;

/// <summary>
/// One round over the kinds of one part of a site. A kind is complete when its ids and all its chunks were read; what an incomplete one
/// reports is applied, but nothing is removed by it. Source: spec/60-site-link.md, sections 7, 8.1, 10 and 11.
/// </summary>
internal sealed partial class InventoryRound(
    IServiceScopeFactory scopes, PollTurns turns, Pulse pulse, Telemetry telemetry, IOptions<SiteLinkOptions> options, ILogger<InventoryRound> log)
{
    private const int ParallelReads = 4;

    /// <summary>Objects of one kind that may fail to be applied before the rest of a failing chunk is no longer searched for good ones.</summary>
    private const int MaxSearched = 16;

    /// <summary>Objects of one kind that one round has deleted again.</summary>
    private const int MaxDeletedAgain = 100;

    /// <summary>Complete rounds in a row that must miss an object.</summary>
    private const int RoundsToGo = 2;

    /// <summary>How long a change may take from the time that its row says to its commit.</summary>
    private static readonly TimeSpan _skew = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(Guid SiteId, string Kind), bool> _unimplemented = [];

    /// <summary>Reads a part of the site. Throws when it cannot be read at all; one kind's failure does not stop the others.</summary>
    public async Task Run(SiteController site, InventoryPart part, CancellationToken ct)
    {
        using var activity = telemetry.Activities.StartActivity("site inventory");
        activity?.SetTag("nico.site_id", site.SiteId.ToString());
        var most = await site.MaxFindByIds(ct);
        var turn = new Turn(site.SiteId, part);
        foreach (var kind in await Kinds(part))
        {
            if (site.Circuit.IsOpen)
            {
                return;
            }

            await Run(site, turn, kind, most, ct);
        }
    }

    private async Task<string[]> Kinds(InventoryPart part)
    {
        await using var scope = scopes.CreateAsyncScope();
        return
        [
            .. scope.ServiceProvider.GetServices<ISiteInventory>()
                .Where(kind => (kind.Order == InventoryOrder.Machines) == (part == InventoryPart.Machines))
                .OrderBy(kind => kind.Order)
                .Select(kind => kind.Kind),
        ];
    }

    private async Task Run(SiteController site, Turn turn, string kind, int most, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        var progress = new Progress { Turn = turn, Kind = kind, Fence = await turns.Now(ct) };
        try
        {
            await Read(site, progress, most, ct);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            progress.Error = "Unimplemented";
            if (_unimplemented.TryAdd((site.SiteId, kind), true))
            {
                NotServed(log, site.SiteId, kind);
            }
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            progress.Error = $"{e.StatusCode}: {Judgement.Reason(e)}";
            Failed(log, kind, site.SiteId, progress.Error);
        }
        catch (Exception e) when (e is not LostTurn && !ct.IsCancellationRequested)
        {
            progress.Error = Judgement.Text(e.Message);
            Broke(log, e, kind, site.SiteId);
        }

        await Record(progress, ct);
        telemetry.Round(kind, progress.IsComplete, Stopwatch.GetElapsedTime(began));
    }

    private async Task Read(SiteController site, Progress progress, int most, CancellationToken ct)
    {
        string[] ids;
        await using (var work = Open(progress.Kind))
        {
            ids = [.. (await work.Inventory.Ids(site.Core(work.Db), ct)).Where(id => id.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            progress.Objects = ids.Length;
            await work.InTransaction(() => work.Inventory.Answered(work.Db, site.SiteId, ct), ct);
            progress.Last = await work.Db.One<LastRound>(Sql.Of<InventoryRound>("LastRound"), new { siteId = site.SiteId, kind = progress.Kind }, ct);
        }

        progress.Expected = ids;
        var reading = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = ct };
        await Parallel.ForEachAsync(ids.Chunk(most), reading, (chunk, token) => ReadChunk(site, progress, chunk, token));
        await DeleteAgain(progress, ct);
        progress.IsComplete = progress.Error is null;
        if (progress.IsComplete)
        {
            await Remove(progress, ct);
        }
    }

    private async ValueTask ReadChunk(SiteController site, Progress progress, string[] ids, CancellationToken ct)
    {
        if (site.Circuit.IsOpen)
        {
            progress.Error ??= "The site stopped answering";
            return;
        }

        await using var work = Open(progress.Kind);
        InventoryChunk chunk;
        try
        {
            chunk = await work.Inventory.Fetch(site.Core(work.Db), ids, ct);
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            progress.Error ??= $"{e.StatusCode}: {Judgement.Reason(e)}";
            Failed(log, progress.Kind, site.SiteId, progress.Error);
            return;
        }

        var changed = await Changed(work, progress, chunk, ct);
        await work.Db.Rollback();
        if (changed.Count == 0)
        {
            return;
        }

        // Read side by side, applied one after another: chunks that touch the same rows do not lock each other out.
        await progress.Applying.WaitAsync(ct);
        try
        {
            await Apply(work, progress, chunk, changed, ct);
        }
        finally
        {
            progress.Applying.Release();
        }
    }

    /// <summary>What of a chunk is new, has changed, or has to be compared with its row again.</summary>
    private async Task<List<int>> Changed(Work work, Progress progress, InventoryChunk chunk, CancellationToken ct)
    {
        var unchanged = (await work.Db.Many<SeenObject>(Sql.Of<InventoryRound>("Unchanged"), new
        {
            siteId = progress.SiteId,
            kind = progress.Kind,
            ids = chunk.Objects.Select(o => o.Id).OfType<string>().ToArray(),
            stirred = progress.Last.Stirred + _skew ?? DateTime.UnixEpoch,
            fence = progress.Fence,
            fenceMilliseconds = (long)(progress.Fence - DateTime.UnixEpoch).TotalMilliseconds,
            full = (long)options.Value.FullInventory(progress.Last.Took ?? TimeSpan.Zero).TotalMilliseconds,
            skew = _skew,
        }, ct)).ToDictionary(seen => seen.Id, seen => seen.Hash, StringComparer.Ordinal);
        return [.. Enumerable.Range(0, chunk.Objects.Count).Where(index =>
            chunk.Objects[index].Id is not { } id || !unchanged.TryGetValue(id, out var hash) || hash != chunk.Objects[index].Hash)];
    }

    /// <summary>Applies part of a chunk in one transaction. When that fails it is halved, so that one bad object keeps back only itself.</summary>
    private async Task Apply(Work work, Progress progress, InventoryChunk chunk, List<int> which, CancellationToken ct)
    {
        try
        {
            await work.InTransaction(async () =>
            {
                await turns.Hold(work.Db, progress.Turn, ct);
                var drift = await chunk.Apply(work.Db, progress.SiteId, which, progress.Fence, ct);
                var known = which.Select(index => chunk.Objects[index]).Where(o => o.Id is not null).DistinctBy(o => o.Id).ToArray();
                await work.Db.Execute(Sql.Of<InventoryRound>("Remember"), new
                {
                    siteId = progress.SiteId,
                    kind = progress.Kind,
                    fence = progress.Fence,
                    ids = known.Select(o => o.Id!).ToArray(),
                    hashes = known.Select(o => o.Hash).ToArray(),
                    drift = drift.ToArray(),
                }, ct);
            }, ct);
        }
        catch (Exception e) when (e is not LostTurn && !ct.IsCancellationRequested && !Outages.IsOutage(e))
        {
            if (which.Count > 1 && progress.Failed < MaxSearched)
            {
                var half = which.Count / 2;
                await Apply(work, progress, chunk, which[..half], ct);
                await Apply(work, progress, chunk, which[half..], ct);
                return;
            }

            progress.Failed += which.Count;
            telemetry.Unapplied(progress.Kind);
            Unapplied(log, e, progress.Kind, chunk.Objects[which[0]].Id, which.Count, progress.SiteId);
        }
    }

    /// <summary>
    /// What the site reports though it took the deletion long ago is deleted there again: a creation that the network delivers once more,
    /// and later than the deletion, makes the object anew, whose row is on its way out or gone.
    /// </summary>
    private async Task DeleteAgain(Progress progress, CancellationToken ct)
    {
        await using var work = Open(progress.Kind);
        if (!work.Handlers.Any(handler => handler.Kind == progress.Kind && handler.Operation == SiteOperation.Delete))
        {
            return;
        }

        List<string> again = [];
        await work.InTransaction(async () =>
        {
            await turns.Hold(work.Db, progress.Turn, ct);
            again = await work.Db.Many<string>(Sql.Of<InventoryRound>("DeleteAgain"), new
            {
                siteId = progress.SiteId,
                kind = progress.Kind,
                present = progress.Expected,
                pause = options.Value.DeleteAgain,
                fence = progress.Fence,
                most = MaxDeletedAgain,
            }, ct);
        }, ct);
        if (again.Count > 0)
        {
            DeletedAgain(log, progress.SiteId, again.Count, progress.Kind, again[0]);
            pulse.Beat();
        }
    }

    /// <summary>Flags or removes what enough complete rounds have missed.</summary>
    private async Task Remove(Progress progress, CancellationToken ct)
    {
        await using var work = Open(progress.Kind);
        var absent = await work.Inventory.Absent(work.Db, progress.SiteId, progress.Expected, progress.Fence, ct);
        var before = progress.Last.Absent is { } json ? JsonSerializer.Deserialize<Dictionary<string, int>>(json)! : [];
        var rounds = absent.DistinctBy(o => o.Id).ToDictionary(o => o.Id, o => before.GetValueOrDefault(o.Id) + 1, StringComparer.Ordinal);

        // A controller that was restored or is broken may report next to nothing: so much at once is believed a round later.
        var lost = absent.Where(o => !o.Deleting && rounds[o.Id] >= RoundsToGo).Select(o => o.Id).ToHashSet(StringComparer.Ordinal);
        var isTooMuch = lost.Count > 10 && lost.Count * 5 > progress.Objects + absent.Count(o => !o.Deleting);
        var gone = rounds.Where(o => o.Value >= (isTooMuch && lost.Contains(o.Key) ? RoundsToGo + 1 : RoundsToGo)).Select(o => o.Key).ToArray();
        progress.Held = lost.Count(id => !gone.Contains(id));
        if (progress.Held > 0)
        {
            HeldBack(log, progress.Held, progress.Kind, progress.SiteId);
            telemetry.Held(progress.Kind, progress.Held);
        }

        if (gone.Length > 0)
        {
            await work.InTransaction(
                async () =>
                {
                    await turns.Hold(work.Db, progress.Turn, ct);
                    await work.Inventory.Gone(work.Db, progress.SiteId, gone, progress.Fence, ct);
                },
                ct);
            progress.HasStirred = true;
            foreach (var id in gone)
            {
                rounds.Remove(id);
            }

            Removed(log, gone.Length, progress.Kind, progress.SiteId);
        }

        progress.Absent = JsonSerializer.Serialize(rounds);
        progress.IdsHash = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', progress.Expected))));
        if (progress.IdsHash != progress.Last.IdsHash)
        {
            await work.InTransaction(async () =>
            {
                await turns.Hold(work.Db, progress.Turn, ct);
                await work.Db.Execute(
                    Sql.Of<InventoryRound>("ForgetVanished"), new { siteId = progress.SiteId, kind = progress.Kind, present = progress.Expected }, ct);
            }, ct);
        }
    }

    private async Task Record(Progress progress, CancellationToken ct)
    {
        await using var work = Open(progress.Kind);
        await work.InTransaction(async () =>
        {
            await turns.Hold(work.Db, progress.Turn, ct);
            await work.Db.Execute(Sql.Of<InventoryRound>("RecordRound"), new
            {
                siteId = progress.SiteId,
                kind = progress.Kind,
                fence = progress.Fence,
                isComplete = progress.IsComplete,
                objects = progress.Objects,
                failed = progress.Failed,
                error = progress.Error,
                absent = progress.Absent,
                held = progress.Held,
                idsHash = progress.IdsHash,
                hasStirred = progress.HasStirred,
            }, ct);
        }, ct);
    }

    private Work Open(string kind)
    {
        var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<LinkScope>().IsLinks = true;
        return new Work(
            scope,
            scope.ServiceProvider.GetRequiredService<Db>(),
            scope.ServiceProvider.GetServices<ISiteInventory>().First(inventory => inventory.Kind == kind));
    }

    /// <summary>A scope of its own, with the kind's inventory in it.</summary>
    private sealed record Work(AsyncServiceScope Scope, Db Db, ISiteInventory Inventory) : IAsyncDisposable
    {
        public IEnumerable<SiteCommandHandler> Handlers => Scope.ServiceProvider.GetServices<SiteCommandHandler>();

        public async Task InTransaction(Func<Task> work, CancellationToken ct)
        {
            await Db.Begin(ct);
            try
            {
                await work();
                await Db.Commit(ct);
            }
            catch
            {
                await Db.Rollback();
                throw;
            }

            await Db.RunAfterCommit(ct);
        }

        public ValueTask DisposeAsync() => Scope.DisposeAsync();
    }

    /// <summary>How far the round of one kind has come.</summary>
    private sealed class Progress
    {
        public required Turn Turn { get; init; }

        public Guid SiteId => Turn.SiteId;

        public required string Kind { get; init; }

        public required DateTime Fence { get; init; }

        public SemaphoreSlim Applying { get; } = new(1);

        public LastRound Last { get; set; } = new();

        public string[] Expected { get; set; } = [];

        public int Objects { get; set; }

        public int Failed { get; set; }

        public int Held { get; set; }

        public bool IsComplete { get; set; }

        public string? Error { get; set; }

        public string? Absent { get; set; }

        public long? IdsHash { get; set; }

        public bool HasStirred { get; set; }
    }

    /// <summary>What is kept of the rounds before.</summary>
    private sealed record LastRound
    {
        public string? Absent { get; init; }

        public long? IdsHash { get; init; }

        public DateTime? Stirred { get; init; }

        public TimeSpan? Took { get; init; }
    }

    private sealed record SeenObject
    {
        public required string Id { get; init; }

        public long? Hash { get; init; }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Site {SiteId} does not serve {Kind}; it is left out")]
    private static partial void NotServed(ILogger log, Guid siteId, string kind);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Kind} inventory of site {SiteId} could not be read: {Reason}")]
    private static partial void Failed(ILogger log, string kind, Guid siteId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The {Kind} inventory of site {SiteId} broke off")]
    private static partial void Broke(ILogger log, Exception e, string kind, Guid siteId);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Kind} {ObjectId} (and so {Count} in all) of site {SiteId} could not be applied")]
    private static partial void Unapplied(ILogger log, Exception e, string kind, string? objectId, int count, Guid siteId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} {Kind} are missing at site {SiteId} at once; they are believed gone if the next round misses them too")]
    private static partial void HeldBack(ILogger log, int count, string kind, Guid siteId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Site {SiteId} still has {Count} {Kind} whose deletion it took long ago, {ObjectId} among them; they are deleted again")]
    private static partial void DeletedAgain(ILogger log, Guid siteId, int count, string kind, string objectId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} {Kind} are gone from site {SiteId}")]
    private static partial void Removed(ILogger log, int count, string kind, Guid siteId);
}
