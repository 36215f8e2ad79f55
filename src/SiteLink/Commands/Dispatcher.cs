using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SiteLink.Connections;

namespace Nico.SiteLink.Commands;

/// <summary>
/// Takes up the commands that no request carries: those written in the background, those to be tried again, and those of
/// processes that are gone. Any number of processes do so side by side.
/// </summary>
internal sealed partial class Dispatcher(
    CommandQueue queue, Sites sites, Flights flights, Pulse pulse, IOptions<SiteLinkOptions> options, TimeProvider clock, ILogger<Dispatcher> log)
    : BackgroundService
{
    private static readonly TimeSpan _lastMoment = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _breath = TimeSpan.FromMilliseconds(10);

    private readonly Complaint _complaint = new(clock);
    private readonly CancellationTokenSource _renewing = new();
    private Task _renewal = Task.CompletedTask;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _renewal = RenewLeases(_renewing.Token);
        return base.StartAsync(cancellationToken);
    }

    /// <summary>Takes up nothing more, lets the calls in flight finish, and gives back what does not finish in time.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!await flights.Land(cancellationToken))
        {
            await flights.Abort();
            using var last = new CancellationTokenSource(_lastMoment);
            await flights.Land(last.Token);
            await Try(() => queue.GiveBack(CancellationToken.None));
        }

        await _renewing.CancelAsync();
        await _renewal;
    }

    public override void Dispose()
    {
        _renewing.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var next = pulse.Next;
            var took = 0;
            await Try(async () => took = await TakeUp(stoppingToken));
            if (took == 0)
            {
                await pulse.Wait(next, _breath, options.Value.Look, stoppingToken);
            }
        }
    }

    private async Task<int> TakeUp(CancellationToken ct)
    {
        var room = options.Value.MaxCalls - flights.Count;
        var busy = flights.BySite();
        var slots = sites.All.Where(site => !site.Circuit.IsOpen)
            .Select(site => (site.SiteId, Free: options.Value.MaxCallsPerSite - busy.GetValueOrDefault(site.SiteId)))
            .Where(site => site.Free > 0)
            .ToDictionary(site => site.SiteId, site => site.Free);
        if (room <= 0 || slots.Count == 0)
        {
            return 0;
        }

        var rows = await queue.Claim(slots, room, options.Value.Lease, ct);
        foreach (var row in rows)
        {
            flights.Launch(row);
        }

        return rows.Count;
    }

    private async Task RenewLeases(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(options.Value.Lease / 3, clock, ct).ContinueWith(_ => { }, TaskScheduler.Default);
            if (flights.Ids is { Count: > 0 } ids && !ct.IsCancellationRequested)
            {
                await Try(() => queue.Renew([.. ids], options.Value.Lease, ct));
            }
        }
    }

    private async Task Try(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
        catch (Exception e)
        {
            if (_complaint.IsDue())
            {
                Stumbled(log, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The command queue could not be worked on: {Reason}")]
    private static partial void Stumbled(ILogger log, string reason);
}
