using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.Renames;

/// <summary>Keeps the copy of the tenant's name by which lists are ordered.</summary>
internal sealed class TenantRenamedHandler(Db db, IOrganizations organizations) : INotificationHandler<TenantRenamed>
{
    public async Task Handle(TenantRenamed notification, CancellationToken cancellationToken)
    {
        var tenant = await organizations.TenantById(notification.TenantId, cancellationToken);
        await db.Execute(
            "update compute.allocation set tenant_org_display_name = @OrgDisplayName where tenant_id = @Id", tenant, cancellationToken);
    }
}
