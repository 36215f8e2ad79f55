using Microsoft.Extensions.Logging;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Sites.Liveness;

/// <summary>What an answer of a site's controller to the question for its machines means. Source: spec/40-site.md, section 9.1.</summary>
internal sealed partial class SiteHeartbeat(TimeProvider clock, ILogger<SiteHeartbeat> log)
{
    /// <summary>The site is alive: from Pending and Error it becomes Registered. In the open transaction.</summary>
    public async Task Heard(Db db, Guid siteId, CancellationToken ct)
    {
        var now = clock.Now();
        if (await db.OneOrNone<Guid?>(Sql.Of<SiteHeartbeat>("Heartbeat"), new { siteId, now }, ct) is not null)
        {
            await HardwareModule.SiteHistory.Append(db, siteId, nameof(SiteStatus.Registered), SiteMessages.Paired, now, ct);
            Online(log, siteId);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Site {SiteId} is online: its controller reports its machines")]
    private static partial void Online(ILogger log, Guid siteId);
}
