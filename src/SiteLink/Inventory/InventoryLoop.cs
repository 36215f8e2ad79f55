using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SiteLink.Commands;
using Nico.SiteLink.Connections;

namespace Nico.SiteLink.Inventory;

/// <summary>Reads each site's inventory round after round; of several processes one reads a part of a site at a time.</summary>
internal sealed partial class InventoryLoop(
    PollTurns turns, InventoryRound round, Sites sites, Notices notices, IOptions<SiteLinkOptions> options, TimeProvider clock, ILogger<InventoryLoop> log)
    : BackgroundService
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<Turn, Task> _rounds = [];
    private readonly Complaint _complaint = new(clock);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var keeping = KeepTurns(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = turns.Pulse.Next;
            var wait = options.Value.Look;
            try
            {
                wait = await BeginRounds(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Complain(e);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await turns.Pulse.Wait(next, wait, stoppingToken);
        }

        await Task.WhenAll(_rounds.Values);
        await keeping;
    }

    /// <summary>Begins what is due; how long to wait for the next.</summary>
    private async Task<TimeSpan> BeginRounds(CancellationToken ct)
    {
        Turn[] free =
        [
            .. from site in sites.All
               where !site.Circuit.IsOpen
               from part in Enum.GetValues<InventoryPart>()
               select new Turn(site.SiteId, part) into turn
               where !_rounds.ContainsKey(turn)
               select turn,
        ];
        if (free.Length == 0)
        {
            return options.Value.Look;
        }

        foreach (var turn in await turns.Take(free, ct))
        {
            var run = new TaskCompletionSource();
            _rounds[turn] = run.Task;
            _ = Task.Run(async () =>
            {
                try
                {
                    await Run(turn, ct);
                }
                finally
                {
                    _rounds.TryRemove(turn, out _);
                    run.SetResult();
                    turns.Pulse.Beat();
                }
            }, CancellationToken.None);
        }

        var wait = await turns.Next(free, ct);
        return wait < _shortest ? _shortest : wait > options.Value.Look ? options.Value.Look : wait ?? options.Value.Look;
    }

    private async Task Run(Turn turn, CancellationToken ct)
    {
        string? error = null;
        try
        {
            if (await sites.Find(turn.SiteId, ct) is { } site)
            {
                await round.Run(site, turn.Part, ct);
            }
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            // That nobody answers is said once for the site, when its circuit opens.
            error = $"{e.StatusCode}: {Judgement.Reason(e)}";
            if (!Channels.IsNoAnswer(e, isCancelled: false))
            {
                TellUnread(turn, error);
            }
        }
        catch (Exception e)
        {
            error = ct.IsCancellationRequested ? "The process stopped" : SiteText.Of(e.Message);
            if (!ct.IsCancellationRequested)
            {
                TellUnread(turn, error);
            }
        }

        try
        {
            await turns.End(turn, error, CancellationToken.None);
        }
        catch (Exception e)
        {
            Complain(e);
        }
    }

    private async Task KeepTurns(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(options.Value.Lease / 3, clock, ct).ContinueWith(_ => { }, TaskScheduler.Default);
            try
            {
                if (!_rounds.IsEmpty && !ct.IsCancellationRequested)
                {
                    await turns.Keep([.. _rounds.Keys], ct);
                }
            }
            catch (Exception e)
            {
                Complain(e);
            }
        }
    }

    private void TellUnread(Turn turn, string reason)
    {
        if (notices.IsNews(turn.SiteId, turn.Part.ToString(), "", reason))
        {
            Unread(log, turn.Part, turn.SiteId, reason);
        }
    }

    private void Complain(Exception e)
    {
        if (_complaint.IsDue())
        {
            Stumbled(log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The turns of the inventory could not be worked on: {Reason}")]
    private static partial void Stumbled(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Part} of site {SiteId} could not be read: {Reason}")]
    private static partial void Unread(ILogger log, InventoryPart part, Guid siteId, string reason);
}
