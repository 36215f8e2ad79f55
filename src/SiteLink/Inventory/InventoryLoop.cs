using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Nico.SiteLink.Commands;
using Nico.SiteLink.Connections;

namespace Nico.SiteLink.Inventory;

/// <summary>Reads each site's inventory round after round; of several processes one reads a site at a time.</summary>
internal sealed partial class InventoryLoop(
    PollTurns turns, InventoryRound round, Sites sites, IOptions<SiteLinkOptions> options, TimeProvider clock, ILogger<InventoryLoop> log)
    : BackgroundService
{
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<Guid, Task> _rounds = [];
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
        Guid[] free = [.. sites.All.Where(site => !site.Circuit.IsOpen && !_rounds.ContainsKey(site.SiteId)).Select(site => site.SiteId)];
        if (free.Length == 0)
        {
            return options.Value.Look;
        }

        foreach (var siteId in await turns.Take(free, ct))
        {
            var run = new TaskCompletionSource();
            _rounds[siteId] = run.Task;
            _ = Task.Run(async () =>
            {
                try
                {
                    await Run(siteId, ct);
                }
                finally
                {
                    _rounds.TryRemove(siteId, out _);
                    run.SetResult();
                    turns.Pulse.Beat();
                }
            }, CancellationToken.None);
        }

        var wait = await turns.Next(free, ct) - clock.Now();
        return wait < _shortest ? _shortest : wait > options.Value.Look ? options.Value.Look : wait ?? options.Value.Look;
    }

    private async Task Run(Guid siteId, CancellationToken ct)
    {
        var started = clock.Now();
        string? error = null;
        try
        {
            if (await sites.Find(siteId, ct) is { } site)
            {
                await round.Run(site, ct);
            }
        }
        catch (RpcException e) when (!ct.IsCancellationRequested)
        {
            error = $"{e.StatusCode}: {Judgement.Reason(e)}";
            Unread(log, siteId, error);
        }
        catch (Exception e)
        {
            error = ct.IsCancellationRequested ? "The process stopped" : Judgement.Text(e.Message);
            if (!ct.IsCancellationRequested)
            {
                Unread(log, siteId, error);
            }
        }

        try
        {
            await turns.End(siteId, started, error, CancellationToken.None);
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

    private void Complain(Exception e)
    {
        if (_complaint.IsDue())
        {
            Stumbled(log, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The turns of the inventory could not be worked on: {Reason}")]
    private static partial void Stumbled(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The inventory of site {SiteId} could not be read: {Reason}")]
    private static partial void Unread(ILogger log, Guid siteId, string reason);
}
