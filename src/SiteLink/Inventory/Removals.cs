using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Data;

namespace Nico.SiteLink.Inventory;

/// <summary>What a complete round of one kind removes, flags as missing, or holds back because it is too much at once.</summary>
internal sealed partial class Removals(PollTurns turns, Pulse pulse, Notices notices, Telemetry telemetry, IOptions<SiteLinkOptions> options, ILogger<Removals> log)
{
    /// <summary>Objects of one kind that one round has deleted again.</summary>
    private const int MaxDeletedAgain = 100;

    /// <summary>Complete rounds in a row that must miss an object.</summary>
    private const int RoundsToGo = 2;

    private static readonly TimeSpan _forgetting = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(Guid SiteId, string Kind), DateTime> _forgot = [];

    /// <summary>
    /// What the site reports though it took the deletion long ago is deleted there again: a creation that the network delivers once more,
    /// and later than the deletion, makes the object anew, whose row is on its way out or gone.
    /// </summary>
    public async Task DeleteAgain(RoundScopes scopes, Progress progress, CancellationToken ct)
    {
        await using var work = scopes.Open(progress.Kind);
        if (!work.CanDelete(progress.Kind))
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
    public async Task Remove(RoundScopes scopes, Progress progress, CancellationToken ct)
    {
        await using var work = scopes.Open(progress.Kind);
        var absent = await work.Inventory.Absent(work.Db, progress.SiteId, progress.Expected, progress.Fence, ct);
        var before = progress.Last.Absent is { } json ? JsonSerializer.Deserialize<Dictionary<string, int>>(json)! : [];
        var rounds = absent.DistinctBy(o => o.Id).ToDictionary(o => o.Id, o => before.GetValueOrDefault(o.Id) + 1, StringComparer.Ordinal);
        var held = Held(work, progress, absent, rounds);
        var gone = rounds.Where(o => o.Value >= RoundsToGo && !held.Contains(o.Key)).Select(o => o.Key).ToArray();
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

    /// <summary>
    /// What is not believed gone though enough rounds have missed it. A controller that was restored, is broken or is another one may report next
    /// to nothing: so much at once is believed a round later, or when an operator says so.
    /// </summary>
    private HashSet<string> Held(Work work, Progress progress, IReadOnlyList<AbsentObject> absent, Dictionary<string, int> rounds)
    {
        var accepted = progress.Last.Accepted?.ToHashSet(StringComparer.Ordinal) ?? [];
        var lost = absent.Where(o => !o.Deleting && rounds[o.Id] >= RoundsToGo && !accepted.Contains(o.Id)).Select(o => o.Id).ToHashSet(StringComparer.Ordinal);
        var all = progress.Objects + absent.Count(o => !o.Deleting);
        var waits = work.Inventory.WaitsForOperator;
        var isTooMuch = (lost.Count > options.Value.VanishedObjects && lost.Count * 100L > all * (long)options.Value.VanishedPercent)
            || (waits && lost.Count > 1 && lost.Count == all);
        if (!isTooMuch)
        {
            notices.IsOver(progress.SiteId, progress.Kind, "held");
            return [];
        }

        var held = waits ? lost : lost.Where(id => rounds[id] <= RoundsToGo).ToHashSet(StringComparer.Ordinal);
        if (held.Count > 0)
        {
            progress.Held = held.Count;
            progress.HeldReason = $"{held.Count} of {all} are missing at once: they stay as they are until " + (waits
                ? "they are reported again, or an operator accepts the loss"
                : "the next round misses them too");
            if (notices.IsNews(progress.SiteId, progress.Kind, "held", waits ? "waits" : progress.HeldReason))
            {
                HeldBack(log, progress.Kind, progress.SiteId, progress.HeldReason);
                telemetry.Held(progress.Kind, held.Count);
            }
        }

        return held;
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Too many {Kind} of site {SiteId}: {Reason}")]
    private static partial void HeldBack(ILogger log, string kind, Guid siteId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Site {SiteId} still has {Count} {Kind} whose deletion it took long ago, {ObjectId} among them; they are deleted again")]
    private static partial void DeletedAgain(ILogger log, Guid siteId, int count, string kind, string objectId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} {Kind} are gone from site {SiteId}")]
    private static partial void Removed(ILogger log, int count, string kind, Guid siteId);
}
