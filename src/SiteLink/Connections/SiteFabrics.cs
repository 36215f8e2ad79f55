using Nico.SharedKernel.Data;

namespace Nico.SiteLink.Connections;

internal sealed class SiteFabrics(Db db) : ISiteFabrics
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> PrefixesOf(Guid siteId, CancellationToken ct) =>
        await db.OneOrNone<string[]>("select fabric_prefixes from sitelink.connection where site_id = @siteId", new { siteId }, ct) ?? [];
}
