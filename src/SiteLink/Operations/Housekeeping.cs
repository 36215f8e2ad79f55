using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Data;

namespace Nico.SiteLink.Operations;

/// <summary>Counts what the metrics show, and removes commands that have been done long enough.</summary>
internal sealed partial class Housekeeping(
    IServiceScopeFactory scopes, Telemetry telemetry, IOptions<SiteLinkOptions> options, TimeProvider clock, ILogger<Housekeeping> log)
    : BackgroundService
{
    private const int Batch = 1000;
    private static readonly TimeSpan _period = TimeSpan.FromSeconds(10);

    private readonly Complaint _complaint = new(clock);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Round(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (_complaint.IsDue())
                {
                    Stumbled(log, e.Message);
                }
            }

            await Task.Delay(_period, clock, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task Round(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        telemetry.States(await scope.ServiceProvider.GetRequiredService<ISiteCommandLog>().Counts(ct));
        telemetry.Drift(await db.Many<(Guid, string, string, long)>(Sql.Of<Housekeeping>("DriftCounts"), null, ct));
        telemetry.Waiting(await db.Many<(Guid, string, int)>(Sql.Of<Housekeeping>("Waiting"), null, ct));
        telemetry.Unread(await scope.ServiceProvider.GetRequiredService<ISiteReadings>().Unread(ct));
        while (await db.Execute(Sql.Of<Housekeeping>("Prune"), new { keep = options.Value.KeepDone, most = Batch }, ct) == Batch)
        {
            await db.Rollback();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old site commands could not be tidied away: {Reason}")]
    private static partial void Stumbled(ILogger log, string reason);
}
