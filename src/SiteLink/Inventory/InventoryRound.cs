using System.Diagnostics;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
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
    ChunkReader chunks,
    Removals removals,
    PollTurns turns,
    Notices notices,
    Telemetry telemetry,
    ILogger<InventoryRound> log)
{
    private readonly RoundScopes _scopes = new(scopes);

    /// <summary>Reads a part of the site. Throws when it cannot be read at all; one kind's failure does not stop the others.</summary>
    public async Task Run(SiteController site, InventoryPart part, CancellationToken ct)
    {
        using var activity = telemetry.Activities.StartActivity("site inventory");
        activity?.SetTag("nico.site_id", site.SiteId.ToString());
        var most = await site.MaxFindByIds(ct);
        var turn = new Turn(site.SiteId, part);
        foreach (var kind in await _scopes.Kinds(part))
        {
            if (site.Circuit.IsOpen)
            {
                return;
            }

            await Run(site, turn, kind, most, ct);
        }
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
        await chunks.Read(site, _scopes, progress, most, ct);
        await removals.DeleteAgain(_scopes, progress, ct);
        progress.IsComplete = progress.Error is null;
        if (progress.IsComplete)
        {
            await removals.Remove(_scopes, progress, ct);
        }
    }

    private async Task Record(Progress progress, CancellationToken ct)
    {
        if (progress.Untold > 0 && notices.IsNews(progress.SiteId, progress.Kind, "*", "Unapplied"))
        {
            MoreUnapplied(log, progress.Untold, progress.Kind, progress.SiteId);
        }

        await using var work = _scopes.Open(progress.Kind);
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
                heldReason = progress.HeldReason,
                accepted = progress.Last.Accepted,
                idsHash = progress.IdsHash,
                hasStirred = progress.HasStirred,
            }, ct);
        }, ct);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Site {SiteId} does not serve {Kind}; it is left out")]
    private static partial void NotServed(ILogger log, Guid siteId, string kind);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Kind} inventory of site {SiteId} could not be read: {Reason}")]
    private static partial void Failed(ILogger log, string kind, Guid siteId, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The {Kind} inventory of site {SiteId} can be read again")]
    private static partial void ReadAgain(ILogger log, string kind, Guid siteId);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} more {Kind} of site {SiteId} could not be applied")]
    private static partial void MoreUnapplied(ILogger log, int count, string kind, Guid siteId);
}
