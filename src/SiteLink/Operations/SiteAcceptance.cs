using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Connections;
using Nico.SiteLink.Inventory;

namespace Nico.SiteLink.Operations;

/// <summary>What an operator lets a site have that Nico does not believe by itself.</summary>
internal sealed class SiteAcceptance(Db db, Sites sites, PollTurns turns, SiteOverview overview)
{
    /// <summary>The controller that answers in the place of the site's own is its own from now on. 404 without the site, 409 when no other one answers.</summary>
    public async Task<SiteState> Controller(Guid siteId, CancellationToken ct)
    {
        await Find(siteId, ct);
        if (!await db.OneOrNone<bool>(Sql.Of<SiteAcceptance>("AcceptController"), new { siteId }, ct))
        {
            throw Problem.Conflict($"No other controller answers for site {siteId}");
        }

        await sites.Read(ct);
        return await Find(siteId, ct);
    }

    /// <summary>What is held back is gone. 404 without the site, 409 when nothing is held back there.</summary>
    public async Task<SiteState> Losses(Guid siteId, CancellationToken ct)
    {
        await Find(siteId, ct);
        if (await db.Execute(Sql.Of<SiteAcceptance>("AcceptLosses"), new { siteId }, ct) == 0)
        {
            throw Problem.Conflict($"Nothing is held back at site {siteId}");
        }

        turns.Poke(siteId);
        return await Find(siteId, ct);
    }

    private async Task<SiteState> Find(Guid siteId, CancellationToken ct) =>
        (await overview.All(ct)).FirstOrDefault(site => site.SiteId == siteId) ?? throw Problem.NotFound("site", siteId);
}
