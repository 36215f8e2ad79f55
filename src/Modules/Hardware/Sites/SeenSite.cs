using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Sites;

/// <summary>Sites as the caller sees them. Source: spec/40-site.md, sections 2.2 and 2.6.</summary>
internal sealed class SeenSite(ActingAs acting, Caller caller, Db db)
{
    /// <summary>The site, with so many entries of its history, in the best view that one of the caller's sides gives; 404 when none gives any.</summary>
    public async Task<(Site Site, SiteView View)> Require(Guid siteId, int entries, CancellationToken ct)
    {
        var sides = await acting.Sides(ct);
        var args = new { siteId, tenantId = sides.Tenant?.Id, entries };
        var site = await db.OneOrNone<Site>(Sql.Of<SeenSite>("SeenSite"), args, ct);
        return site is not null && ViewOf(site, sides) is { } view ? (site, view) : throw Problem.NotFound("Site", siteId);
    }

    /// <summary>The best view of the site that one of the caller's sides gives; null when none gives any.</summary>
    public SiteView? ViewOf(Site site, Sides sides) =>
        site.InfrastructureProviderId == sides.Provider?.Id ? (caller.Has(Role.ProviderAdmin) ? SiteView.Administrator : SiteView.Hardware)
        : site.IsSerialConsoleSshKeysEnabled is not null ? SiteView.Tenant
        : sides.Privileged.Has(site.InfrastructureProviderId, site.Id) ? SiteView.Hardware
        : null;
}
