using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Sites;

internal sealed class Sites(Db db, ActingAs acting) : ISites
{
    public async Task<SiteRef?> Find(Guid id, CancellationToken ct) =>
        await db.OneOrNone<Site>(Sql.Of<Sites>("FindSite"), new { id }, ct) is { } site
            ? new SiteRef(site.Id, site.Name, site.InfrastructureProviderId, site.Status, site.Capabilities)
            : null;

    public async Task<string?> OrgOf(Guid id, CancellationToken ct) =>
        await db.OneOrNone<string>("select org from hardware.site where id = @id", new { id }, ct);

    public async Task<IReadOnlySet<Guid>> Seen(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        if (ids.Count == 0)
        {
            return new HashSet<Guid>();
        }

        var sides = await acting.Sides(ct);
        var visible = VisibleHardware.Of(sides);
        var args = new { ids, tenantId = sides.Tenant?.Id, visible.Own, visible.Providers, visible.Except, visible.Also };
        return (await db.Many<Guid>(Sql.Of<Sites>("SeenSites"), args, ct)).ToHashSet();
    }

    public async Task<IReadOnlyDictionary<Guid, SiteSummary>> Summaries(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        ids.Count == 0
            ? new Dictionary<Guid, SiteSummary>()
            : (await db.Many<Site>(Sql.Of<Sites>("SitesByIds"), new { ids }, ct)).ToDictionary(
                site => site.Id,
                site => new SiteSummary
                {
                    Id = site.Id,
                    Name = site.Name,
                    InfrastructureProviderId = site.InfrastructureProviderId,
                    IsSerialConsoleEnabled = site.IsSerialConsoleEnabled,
                    SerialConsoleHostname = site.SerialConsoleHostname,
                    IsOnline = site.IsOnline,
                    Capabilities = site.Capabilities,
                    Status = site.Status,
                });

    public Task<bool> IsUsedBy(Guid siteId, Guid tenantId, CancellationToken ct) =>
        db.One<bool>("select exists (select 1 from hardware.tenant_site where tenant_id = @tenantId and site_id = @siteId)", new { siteId, tenantId }, ct);

    public async Task<bool> HoldUseBy(Guid siteId, Guid tenantId, CancellationToken ct) =>
        await db.OneOrNone<int>(Sql.Of<Sites>("HoldUse"), new { siteId, tenantId }, ct) == 1;

    public async Task<IReadOnlySet<Guid>> UsedBy(Guid tenantId, CancellationToken ct) =>
        (await db.Many<Guid>("select site_id from hardware.tenant_site where tenant_id = @tenantId", new { tenantId }, ct)).ToHashSet();
}
