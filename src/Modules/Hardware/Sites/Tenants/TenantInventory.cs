using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Hardware.Sites.Tenants;

/// <summary>
/// Sees to it that a site's controller knows the tenants that use the site, by their present names. What is wrong is put right
/// by commands, at most one in <see cref="_repairPause"/> for each tenant. Source: spec/60-site-link.md, section 8.15.
/// </summary>
internal sealed class TenantInventory(IOrganizations organizations, ISiteCommands commands, TimeProvider clock) : SiteInventory<Tenant>
{
    private static readonly TimeSpan _repairPause = TimeSpan.FromMinutes(1);

    public override string Kind => SiteTenant.Kind;

    public override InventoryPart Part => InventoryPart.Tenants;

    protected override SiteQuery Everything => new("FindTenantOrganizationIds", new TenantSearchFilter());

    protected override bool HasUuids => false;

    /// <summary>Drift are the tenants that have nothing allocated at the site (any more).</summary>
    public override async Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<Tenant> page, CancellationToken ct)
    {
        var reported = page.Items.ToDictionary(tenant => tenant.Id, tenant => tenant.Item, StringComparer.Ordinal);
        var uses = await db.Many<Use>(
            "select tenant_id, org from hardware.tenant_site where site_id = @SiteId and org = any(@orgs)",
            new { page.SiteId, orgs = reported.Keys.ToArray() },
            ct);
        var tenants = await organizations.Tenants([.. uses.Select(use => use.TenantId)], ct);
        var renamed = uses
            .Where(use => tenants.TryGetValue(use.TenantId, out var tenant)
                && SiteTenant.Name(tenant.OrgDisplayName, tenant.Org) != reported[use.Org].Metadata?.Name)
            .Select(use => use.Org)
            .ToArray();
        await Repair(db, page.SiteId, renamed, page.Fence, SiteOperation.Update, ct);
        return [.. reported.Keys.Except(uses.Select(use => use.Org), StringComparer.Ordinal).Select(org => Drift.Unknown(org))];
    }

    public override async Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        await db.Many<AbsentObject>(Sql.Of<TenantInventory>("AbsentTenants"), new { siteId, present, fence }, ct);

    public override Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct) =>
        Repair(db, siteId, ids, fence, SiteOperation.Create, ct);

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) =>
        new("FindTenantsByOrganizationIds", new TenantByOrganizationIdsRequest { OrganizationIds = { ids } });

    private async Task Repair(Db db, Guid siteId, string[] orgs, DateTime fence, SiteOperation operation, CancellationToken ct)
    {
        if (orgs.Length == 0)
        {
            return;
        }

        var now = clock.Now();
        var args = new { siteId, orgs, fence, now, before = now - _repairPause };
        foreach (var org in await db.Many<string>(Sql.Of<TenantInventory>("TenantsToRepair"), args, ct))
        {
            await commands.EnqueueInBackground(SiteTenant.Command(siteId, org, operation), ct);
        }
    }

    private sealed record Use(Guid TenantId, string Org);
}
