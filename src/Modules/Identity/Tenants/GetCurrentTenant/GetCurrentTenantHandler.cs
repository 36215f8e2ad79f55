using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.Tenants.GetCurrentTenant;

internal sealed class GetCurrentTenantHandler(Caller caller, Db db, IMediator mediator, TimeProvider clock)
    : IRequestHandler<GetCurrentTenant, TenantResponse>
{
    public async Task<TenantResponse> Handle(GetCurrentTenant request, CancellationToken cancellationToken)
    {
        var args = new { id = Guid.CreateVersion7(), caller.Org, name = caller.OrgDisplayName, now = clock.Now(), by = caller.UserId };
        var read = Sql.Of<GetCurrentTenantHandler>("GetTenant");
        var known = await db.OneOrNone<Tenant>(read, args, cancellationToken);
        if (known is not null && known.OrgDisplayName == args.name)
        {
            return known.ToResponse();
        }

        await db.Execute(Tenant.HoldOrg, new { org = caller.Org }, cancellationToken);
        var changed = await db.OneOrNone<Guid?>(Sql.Of<GetCurrentTenantHandler>("UpsertTenant"), args, cancellationToken);
        var tenant = await db.One<Tenant>(read, args, cancellationToken);
        if (changed == args.id)
        {
            await db.Execute(Sql.Of<Tenant>("LinkAccounts"), new { tenant.Id, tenant.Org, args.now }, cancellationToken);
        }
        else if (changed is not null)
        {
            await mediator.Publish(new TenantRenamed(tenant.Id), cancellationToken);
        }

        return tenant.ToResponse();
    }
}
