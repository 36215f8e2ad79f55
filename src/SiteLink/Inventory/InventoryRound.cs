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
    IServiceScopeFactory scopes,
    PollTurns turns,
    Pulse pulse,
    Notices notices,
    Telemetry telemetry,
    IOptions<SiteLinkOptions> options,
    ILogger<InventoryRound> log)
{
    private const int ParallelReads = 2;

    /// <summary>
    /// Objects of one kind that may fail to be applied in one round before the rest of a failing chunk is no longer searched for good ones.
    /// What has failed is left out of the next rounds, so these find the others.
    /// </summary>
    private const int MaxSearched = 200;

    /// <summary>Objects of one kind that are told of in the log one by one in one round.</summary>
    private const int MaxTold = 20;

    /// <summary>A list of so many times the ids that a site may have is not believed at all: nothing is removed by it.</summary>
    private const int MaxListed = 4;

    /// <summary>Objects of one kind that one round has deleted again.</summary>
    private const int MaxDeletedAgain = 100;

    /// <summary>Complete rounds in a row that must miss an object.</summary>
    private const int RoundsToGo = 2;

    /// <summary>How long a change may take from the time that its row says to its commit.</summary>
    private static readonly TimeSpan _skew = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan _forgetting = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(Guid SiteId, string Kind), DateTime> _forgot = [];

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
                .Where(kind => kind.Part == part)
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
            if (notices.IsNews(site.SiteId, kind, "", progress.Error))
            {
                NotServed(log, site.SiteId, kind);
            }
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            progress.Error = $"{e.StatusCode}: {Judgement.Reason(e)}";
        }
        catch (Exception e) when (e is not LostTurn && !ct.IsCancellationRequested)
        {
            progress.Error = SiteText.Of($"{e.GetType().Name}: {e.Message}");
        }

        if (progress.IsUnread && notices.IsNews(site.SiteId, kind, "", progress.Error!))
        {
            Failed(log, kind, site.SiteId, progress.Error!);
        }
        else if (progress.Error is null && notices.IsOver(site.SiteId, kind, ""))
        {
            ReadAgain(log, kind, site.SiteId);
        }

        await Record(progress, ct);
        telemetry.Round(kind, progress.IsComplete, Stopwatch.GetElapsedTime(began));
    }

    private async Task Read(SiteController site, Progress progress, int most, CancellationToken ct)
    {
        ListedId[] wanted;
        HashSet<string> alone;
        bool isWhole;
        await using (var work = Open(progress.Kind))
        {
            isWhole = work.Inventory.IsListedWhole;
            var listed = await work.Inventory.Ids(site.Core(work.Db), ct);
            progress.Expected = [.. listed.Spelt.Keys.Order(StringComparer.Ordinal)];
            progress.Odd = listed.Odd;
            progress.Objects = progress.Expected.Length;
            await work.InTransaction(() => work.Inventory.Answered(work.Db, site.SiteId, ct), ct);
            progress.Last = await work.Db.One<LastRound>(Sql.Of<InventoryRound>("LastRound"), new { siteId = site.SiteId, kind = progress.Kind }, ct);
            wanted = [.. (await Believed(work, progress, ct)).Select(id => new ListedId(id, listed.Spelt[id]))];
            alone = !progress.Last.HasDrift || isWhole
                ? []
                : [.. await work.Db.Many<string>(Sql.Of<InventoryRound>("TooLarge"), new { siteId = site.SiteId, kind = progress.Kind }, ct)];
            await RememberDrift(work, progress, listed.Odd, ct);
        }

        ListedId[][] chunks =
        [
            .. wanted.Where(id => !alone.Contains(id.Id)).Chunk(isWhole ? int.MaxValue : most),
            .. wanted.Where(id => alone.Contains(id.Id)).Chunk(1),
        ];
        var parallel = progress.Turn.Part == InventoryPart.Machines ? ParallelReads * 2 : ParallelReads;
        var reading = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = ct };
        await Parallel.ForEachAsync(chunks, reading, (chunk, token) => ReadChunk(site, progress, chunk, token));
        await DeleteAgain(progress, ct);
        progress.IsComplete = progress.Error is null;
        if (progress.IsComplete)
        {
            await Remove(progress, ct);
        }
    }

    /// <summary>The ids that are read: of more than the site may have, those that are known, and others up to that number.</summary>
    private async Task<IEnumerable<string>> Believed(Work work, Progress progress, CancellationToken ct)
    {
        progress.Most = progress.Turn.Part == InventoryPart.Machines ? options.Value.MaxMachines : options.Value.MaxObjects;
        progress.Over = Math.Max(progress.Expected.Length - progress.Most, 0);
        if (progress.Over == 0)
        {
            return progress.Expected;
        }

        if (progress.Expected.Length > (long)progress.Most * MaxListed)
        {
            progress.Error = $"The site lists {progress.Expected.Length}, of which it may have {progress.Most}";
        }

        var known = (await work.Db.Many<string>(
            Sql.Of<InventoryRound>("KnownIds"), new { siteId = progress.SiteId, kind = progress.Kind, most = progress.Most }, ct)).ToHashSet(StringComparer.Ordinal);
        return progress.Expected.OrderBy(id => known.Contains(id) ? 0 : 1).Take(progress.Most);
    }

    private async ValueTask ReadChunk(SiteController site, Progress progress, ListedId[] ids, CancellationToken ct)
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
        catch (RpcException e) when (Judgement.IsTooLarge(e) && !work.Inventory.IsListedWhole && !ct.IsCancellationRequested)
        {
            if (ids.Length > 1)
            {
                await ReadChunk(site, progress, ids[..(ids.Length / 2)], ct);
                await ReadChunk(site, progress, ids[(ids.Length / 2)..], ct);
                return;
            }

            var detail = $"It has more than {options.Value.MaxMessage} bytes: {Judgement.Reason(e)}";
            await RememberDrift(work, progress, [new Drift(ids[0].Id, DriftReason.TooLarge, detail)], ct);
            return;
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            progress.Error ??= $"{e.StatusCode}: {Judgement.Reason(e)}";
            return;
        }

        if (chunk.NotDelivered.Count > 0)
        {
            await RememberDrift(
                work, progress, [.. chunk.NotDelivered.Select(id => new Drift(id, DriftReason.NotDelivered, "The site lists it and does not tell of it"))], ct);
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
            ids = chunk.Objects.Select(o => o.Id).ToArray(),
            stirred = progress.Last.Stirred + _skew ?? DateTime.UnixEpoch,
            fence = progress.Fence,
            fenceMilliseconds = (long)(progress.Fence - DateTime.UnixEpoch).TotalMilliseconds,
            full = (long)options.Value.FullInventory(progress.Last.Took ?? TimeSpan.Zero).TotalMilliseconds,
            skew = _skew,
        }, ct)).ToDictionary(seen => seen.Id, seen => seen.Hash, StringComparer.Ordinal);
        return [.. Enumerable.Range(0, chunk.Objects.Count).Where(index =>
            !unchanged.TryGetValue(chunk.Objects[index].Id, out var hash) || hash != chunk.Objects[index].Hash)];
    }

    /// <summary>Applies part of a chunk in one transaction. When that fails it is halved, so that one bad object keeps back only itself.</summary>
    private async Task Apply(Work work, Progress progress, InventoryChunk chunk, List<int> which, CancellationToken ct)
    {
        try
        {
            await work.InTransaction(async () =>
            {
                await turns.Hold(work.Db, progress.Turn, ct);
                var drift = await chunk.Apply(work.Db, progress.SiteId, which, progress.Fence, progress.Most, ct);
                await Remember(work, progress, [.. which.Select(index => chunk.Objects[index])], drift, ct);
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
            var reason = SiteText.Of(e is UnreadableReport ? e.Message : $"{e.GetType().Name}: {e.Message}");
            if (which.Count > 1)
            {
                progress.Untold += which.Count;
                return;
            }

            var failed = chunk.Objects[which[0]];
            var drift = new Drift(failed.Id, e is UnreadableReport ? DriftReason.Unreadable : DriftReason.Failed, reason);
            await work.InTransaction(
                async () =>
                {
                    await turns.Hold(work.Db, progress.Turn, ct);
                    await Remember(work, progress, [failed], [drift], ct);
                },
                ct);
            if (progress.Told >= MaxTold)
            {
                progress.Untold++;
            }
            else if (notices.IsNews(progress.SiteId, progress.Kind, failed.Id, reason))
            {
                progress.Told++;
                Unapplied(log, progress.Kind, failed.Id, progress.SiteId, reason);
            }
        }
    }

    /// <summary>Keeps what was applied, or could not be, and what of it does not agree.</summary>
    private static Task<int> Remember(Work work, Progress progress, IReadOnlyList<ReportedObject> objects, IReadOnlyList<Drift> drift, CancellationToken ct) =>
        work.Db.Execute(Sql.Of<InventoryRound>("Remember"), new
        {
            siteId = progress.SiteId,
            kind = progress.Kind,
            fence = progress.Fence,
            ids = objects.Select(o => o.Id).ToArray(),
            hashes = objects.Select(o => o.Hash).ToArray(),
            drift = drift.Select(entry => entry.Id).ToArray(),
            reasons = drift.Select(entry => entry.Reason.ToString()).ToArray(),
            details = drift.Select(entry => SiteText.Of(entry.Detail)).ToArray(),
            owners = drift.Select(entry => entry.Owner).ToArray(),
        }, ct);

    /// <summary>Keeps what does not agree and was not applied.</summary>
    private async Task RememberDrift(Work work, Progress progress, IReadOnlyList<Drift> drift, CancellationToken ct)
    {
        if (drift.Count == 0)
        {
            return;
        }

        await progress.Applying.WaitAsync(ct);
        try
        {
            await work.InTransaction(
                async () =>
                {
                    await turns.Hold(work.Db, progress.Turn, ct);
                    await Remember(work, progress, [], drift, ct);
                },
                ct);
        }
        finally
        {
            progress.Applying.Release();
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
        var isOther = progress.IdsHash != progress.Last.IdsHash;
        if (isOther || progress.Last.HasDrift)
        {
            string[] present = [.. progress.Expected, .. progress.Odd.Select(drift => drift.Id)];
            await work.InTransaction(async () =>
            {
                await turns.Hold(work.Db, progress.Turn, ct);
                await work.Inventory.Vanished(work.Db, progress.SiteId, present, ct);
                await work.Db.Execute(
                    Sql.Of<InventoryRound>("ForgetVanished"), new { siteId = progress.SiteId, kind = progress.Kind, present, all = isOther }, ct);
            }, ct);
        }

        await Forget(work, progress, ct);
    }

    /// <summary>Now and then removes what is known from reports alone and has been gone for long.</summary>
    private async Task Forget(Work work, Progress progress, CancellationToken ct)
    {
        var key = (progress.SiteId, progress.Kind);
        if (_forgot.TryGetValue(key, out var last) && progress.Fence - last < _forgetting)
        {
            return;
        }

        await work.InTransaction(
            async () =>
            {
                await turns.Hold(work.Db, progress.Turn, ct);
                await work.Inventory.Forget(work.Db, progress.SiteId, progress.Fence - options.Value.KeepGone, ct);
            },
            ct);
        _forgot[key] = progress.Fence;
    }

    private async Task Record(Progress progress, CancellationToken ct)
    {
        if (progress.Untold > 0 && notices.IsNews(progress.SiteId, progress.Kind, "*", "Unapplied"))
        {
            MoreUnapplied(log, progress.Untold, progress.Kind, progress.SiteId);
        }

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
                over = progress.Over,
                isUnread = progress.IsUnread,
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Site {SiteId} does not serve {Kind}; it is left out")]
    private static partial void NotServed(ILogger log, Guid siteId, string kind);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Kind} inventory of site {SiteId} could not be read: {Reason}")]
    private static partial void Failed(ILogger log, string kind, Guid siteId, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The {Kind} inventory of site {SiteId} can be read again")]
    private static partial void ReadAgain(ILogger log, string kind, Guid siteId);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Kind} {ObjectId} of site {SiteId} could not be applied: {Reason}")]
    private static partial void Unapplied(ILogger log, string kind, string objectId, Guid siteId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} more {Kind} of site {SiteId} could not be applied")]
    private static partial void MoreUnapplied(ILogger log, int count, string kind, Guid siteId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} {Kind} are missing at site {SiteId} at once; they are believed gone if the next round misses them too")]
    private static partial void HeldBack(ILogger log, int count, string kind, Guid siteId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Site {SiteId} still has {Count} {Kind} whose deletion it took long ago, {ObjectId} among them; they are deleted again")]
    private static partial void DeletedAgain(ILogger log, Guid siteId, int count, string kind, string objectId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} {Kind} are gone from site {SiteId}")]
    private static partial void Removed(ILogger log, int count, string kind, Guid siteId);
}
