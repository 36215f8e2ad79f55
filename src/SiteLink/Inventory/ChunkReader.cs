using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Commands;
using Nico.SiteLink.Connections;

namespace Nico.SiteLink.Inventory;

/// <summary>Reads the objects of one kind in chunks and applies what has changed, so that what is wrong with one object costs only that one.</summary>
internal sealed partial class ChunkReader(PollTurns turns, Notices notices, Telemetry telemetry, IOptions<SiteLinkOptions> options, ILogger<ChunkReader> log)
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

    /// <summary>How long a change may take from the time that its row says to its commit.</summary>
    private static readonly TimeSpan _skew = TimeSpan.FromSeconds(2);

    /// <summary>Reads the ids of the kind, and applies what has changed of the objects.</summary>
    public async Task Read(SiteController site, RoundScopes scopes, Progress progress, int most, CancellationToken ct)
    {
        ListedId[] wanted;
        HashSet<string> alone;
        bool isWhole;
        await using (var work = scopes.Open(progress.Kind))
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
        await Parallel.ForEachAsync(chunks, reading, (chunk, token) => ReadChunk(site, scopes, progress, chunk, token));
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

    private async ValueTask ReadChunk(SiteController site, RoundScopes scopes, Progress progress, ListedId[] ids, CancellationToken ct)
    {
        if (site.Circuit.IsOpen)
        {
            progress.Error ??= "The site stopped answering";
            return;
        }

        await using var work = scopes.Open(progress.Kind);
        InventoryChunk chunk;
        try
        {
            chunk = await work.Inventory.Fetch(site.Core(work.Db), ids, ct);
        }
        catch (RpcException e) when (Judgement.IsTooLarge(e) && !work.Inventory.IsListedWhole && !ct.IsCancellationRequested)
        {
            if (ids.Length > 1)
            {
                await ReadChunk(site, scopes, progress, ids[..(ids.Length / 2)], ct);
                await ReadChunk(site, scopes, progress, ids[(ids.Length / 2)..], ct);
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

    [LoggerMessage(Level = LogLevel.Error, Message = "{Kind} {ObjectId} of site {SiteId} could not be applied: {Reason}")]
    private static partial void Unapplied(ILogger log, string kind, string objectId, Guid siteId, string reason);
}
