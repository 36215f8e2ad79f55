using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Nico.Hardware.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Sites.DeleteSite;

/// <summary>
/// Removes what is left of deleted sites, a batch to a transaction, each module its own rows. The mark on the site is the order:
/// a process that dies leaves it to any other. A request or an inventory round that saw the site before it was deleted may write
/// for a while, so the rows are looked for again until that is over, and only then the site's own row goes.
/// </summary>
internal sealed partial class SiteRemoval(IServiceScopeFactory scopes, ILogger<SiteRemoval> log) : BackgroundService
{
    /// <summary>Rows of one transaction.</summary>
    private const int Batch = 500;

    private static readonly TimeSpan _look = TimeSpan.FromSeconds(5);

    /// <summary>No request and no round that began before a deletion is at work so long after it.</summary>
    private static readonly TimeSpan _settled = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Has it look at once.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is about to look already.
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _wake.WaitAsync(_look, stoppingToken);
                await RemoveAll(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Failed(log, e);
            }
        }
    }

    private async Task RemoveAll(CancellationToken ct)
    {
        var last = new DeletedSite(Guid.Empty, DateTime.UnixEpoch, false);
        while (true)
        {
            // The lock keeps other processes off the site for one batch: what matters is only that they do not all do the same.
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            await db.Begin(ct);
            var args = new { last.Id, last.Deleted, settled = _settled };
            if (await db.OneOrNone<DeletedSite>(Sql.Of<SiteRemoval>("NextDeleted"), args, ct) is not { } site)
            {
                return;
            }

            var removed = 0;
            foreach (var leftovers in scope.ServiceProvider.GetServices<ISiteLeftovers>())
            {
                removed = await leftovers.Remove(site.Id, Batch, ct);
                if (removed > 0)
                {
                    break;
                }
            }

            if (removed == 0)
            {
                if (site.IsSettled)
                {
                    await HardwareModule.SiteHistory.Forget(db, [site.Id], ct);
                    await db.Execute("delete from hardware.site where id = @Id", site, ct);
                    Removed(log, site.Id);
                }

                last = site;
            }

            await db.Commit(ct);
        }
    }

    private sealed record DeletedSite(Guid Id, DateTime Deleted, bool IsSettled);

    [LoggerMessage(Level = LogLevel.Information, Message = "Nothing is left of the deleted site {SiteId}")]
    private static partial void Removed(ILogger log, Guid siteId);

    [LoggerMessage(Level = LogLevel.Error, Message = "What is left of deleted sites could not be removed; that is repeated")]
    private static partial void Failed(ILogger log, Exception e);
}
