using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Data;

namespace Nico.SharedKernel.Retention;

/// <summary>
/// Removes what is older than its limit, batch by batch, each in a transaction of its own, so that no lock is held for long. An advisory lock
/// sees to it that of several processes one removes at a time; the others leave it to that one.
/// </summary>
internal sealed partial class RetentionJob(
    IServiceScopeFactory scopes, IEnumerable<IRetained> retained, IOptions<RetentionOptions> options, RetentionMetrics metrics, TimeProvider clock,
    ILogger<RetentionJob> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var entries in retained)
            {
                await Keep(entries, stoppingToken);
            }

            await Task.Delay(options.Value.Period, clock, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task Keep(IRetained entries, CancellationToken ct)
    {
        var limit = entries.Limit(options.Value);
        if (limit == TimeSpan.Zero)
        {
            return;
        }

        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Db>();

            // By the database's clock: a process whose clock is a year ahead must not remove a year of entries.
            var before = await db.One<DateTime>("select clock_timestamp() - @limit", new { limit }, ct);
            var place = new RetainedPlace(DateTime.UnixEpoch, Guid.Empty);
            while (await Batch(db, entries, before, place, ct) is { } batch && batch.Looked == options.Value.Batch)
            {
                place = new RetainedPlace(batch.LastTime!.Value, batch.LastId!.Value);
            }
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Failed(log, entries.Name, e.Message);
        }
        catch (OperationCanceledException)
        {
            // The process stops; another goes on.
        }
    }

    /// <summary>One batch; null when another process is at it.</summary>
    private async Task<RetainedBatch?> Batch(Db db, IRetained entries, DateTime before, RetainedPlace place, CancellationToken ct)
    {
        await db.Begin(ct);
        try
        {
            if (!await db.One<bool>("select pg_try_advisory_xact_lock(hashtextextended('retention/' || @Name, 0))", entries, ct))
            {
                return null;
            }

            var batch = await entries.Remove(db, before, place, options.Value.Batch, ct);
            await db.Commit(ct);
            metrics.Removed(entries.Name, batch.Removed);
            return batch;
        }
        finally
        {
            await db.Rollback();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is too old of {Name} could not be removed, which is tried again: {Reason}")]
    private static partial void Failed(ILogger log, string name, string reason);
}

/// <summary>What retention tells about itself.</summary>
internal sealed class RetentionMetrics : IDisposable
{
    private readonly Meter _meter = new(RetentionServices.MeterName);
    private readonly Counter<long> _removed;

    public RetentionMetrics() =>
        _removed = _meter.CreateCounter<long>("nico.retention.removed", description: "Entries that were removed because of their age");

    /// <summary>Entries of that name were removed; none tells that it was looked for them.</summary>
    public void Removed(string name, int count) => _removed.Add(count, new KeyValuePair<string, object?>("entries", name));

    public void Dispose() => _meter.Dispose();
}

/// <summary>Registers retention.</summary>
public static class RetentionServices
{
    /// <summary>Name of its meter.</summary>
    public const string MeterName = "Nico.Retention";

    /// <summary>Registers the job; what it removes is registered by the modules as <see cref="IRetained"/>.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services)
    {
        services.AddOptions<RetentionOptions>()
            .BindConfiguration(RetentionOptions.Section)
            .Checked();
        return services.AddSingleton<RetentionMetrics>().AddHostedService<RetentionJob>();
    }
}
