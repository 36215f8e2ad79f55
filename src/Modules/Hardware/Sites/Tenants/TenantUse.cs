using MediatR;
using Nico.Compute.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Hardware.Sites.Tenants;

/// <summary>
/// Keeps which tenants use which sites: from their first allocation there to their last. With the first the site's controller
/// is told about the tenant; it is never told to forget it. Source: spec/40-site.md, section 1; spec/10-identity.md, section 5.5.
/// </summary>
internal sealed class TenantUse(Db db, IOrganizations organizations, ISiteCommands commands, TimeProvider clock)
    : INotificationHandler<AllocationCreated>, INotificationHandler<AllocationDeleted>, INotificationHandler<TenantRenamed>
{
    public async Task Handle(AllocationCreated notification, CancellationToken cancellationToken)
    {
        var tenant = await organizations.TenantById(notification.TenantId, cancellationToken)
            ?? throw Problem.Invalid("tenantId", $"tenant {notification.TenantId} does not exist");
        var args = new { notification.TenantId, notification.SiteId, tenant.Org, now = clock.Now() };
        var allocations = await db.OneOrNone<int?>(Sql.Of<TenantUse>("BeginUse"), args, cancellationToken)
            ?? throw Problem.Invalid("siteId", $"site {notification.SiteId} does not exist");
        if (allocations == 1)
        {
            await commands.EnqueueInBackground(SiteTenant.Command(notification.SiteId, tenant.Org, SiteOperation.Create), cancellationToken);
        }
    }

    public async Task Handle(AllocationDeleted notification, CancellationToken cancellationToken)
    {
        var args = new { notification.TenantId, notification.SiteId };
        await db.Execute(Sql.Of<TenantUse>("EndUse"), args, cancellationToken);
        await db.Execute(Sql.Of<TenantUse>("ForgetUnused"), args, cancellationToken);
    }

    public async Task Handle(TenantRenamed notification, CancellationToken cancellationToken)
    {
        foreach (var (siteId, org) in await db.Many<(Guid, string)>(
            "select site_id, org from hardware.tenant_site where tenant_id = @TenantId", notification, cancellationToken))
        {
            await commands.EnqueueInBackground(SiteTenant.Command(siteId, org, SiteOperation.Update), cancellationToken);
        }
    }
}
