using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Hardware.Sites.Liveness;

/// <summary>
/// Looks for sites whose controllers have fallen silent. Every process looks; the one statement that changes a site's status
/// makes sure that each silence is found once. Source: spec/40-site.md, section 9.2.
/// </summary>
internal sealed partial class SiteSilenceMonitor(
    IServiceScopeFactory scopes, IOptions<HardwareOptions> options, IOptions<SiteLinkOptions> link, TimeProvider clock, ILogger<SiteSilenceMonitor> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var limit = options.Value.LimitFor(link.Value);
        try
        {
            // Sites could not be heard while no process was up: they get their time to answer first.
            await Task.Delay(limit, clock, stoppingToken);
            using var timer = new PeriodicTimer(options.Value.PeriodFor(link.Value), clock);
            do
            {
                await Look(limit, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task Look(TimeSpan limit, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            var now = clock.Now();
            await db.Begin(ct);
            var silent = await db.Many<SilentSite>(Sql.Of<SiteSilenceMonitor>("Silent"), new { now, limit }, ct);
            foreach (var site in silent)
            {
                await HardwareModule.SiteHistory.Append(db, site.Id, nameof(SiteStatus.Error), SiteMessages.Silent(site.Since), now, ct);
            }

            await db.Execute(Sql.Of<SiteSilenceMonitor>("ForgetTokens"), null, ct);
            await db.Commit(ct);
            await NoteUnread(scope.ServiceProvider, db, now, limit, ct);
            silent.ForEach(site => FellSilent(log, site.Name, site.Id, site.Since));
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Failed(log, e);
        }
    }

    /// <summary>A site of which a kind of objects cannot be read for as long as it might be silent is not online, and says which.</summary>
    private static async Task NoteUnread(IServiceProvider services, Db db, DateTime now, TimeSpan limit, CancellationToken ct)
    {
        var unread = (await services.GetRequiredService<ISiteReadings>().Unread(ct))
            .Where(kind => kind.Since < now - limit)
            .GroupBy(kind => kind.SiteId)
            .Select(kinds => (Site: kinds.Key, Text: string.Join(", ", kinds.Select(kind => kind.Kind))))
            .ToArray();
        await db.Begin(ct);
        var news = await db.Many<UnreadSite>(
            Sql.Of<SiteSilenceMonitor>("NoteUnread"),
            new { sites = unread.Select(site => site.Site).ToArray(), unread = unread.Select(site => site.Text).ToArray() },
            ct);
        foreach (var site in news)
        {
            await HardwareModule.SiteHistory.Append(
                db, site.Id, site.Status, site.Unread is { } kinds ? SiteMessages.Unread(kinds) : SiteMessages.ReadAgain, now, ct);
        }

        await db.Commit(ct);
    }

    private sealed record UnreadSite(Guid Id, string Status, string? Unread);

    private sealed record SilentSite(Guid Id, string Name, DateTime? Since);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Site {Name} ({SiteId}) is in Error: its controller has not reported its machines since {Since}")]
    private static partial void FellSilent(ILogger log, string name, Guid siteId, DateTime? since);

    [LoggerMessage(Level = LogLevel.Error, Message = "The look for silent sites failed; it is repeated")]
    private static partial void Failed(ILogger log, Exception e);
}
