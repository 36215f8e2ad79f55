using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.Tenants.GetCurrentTenant;

internal sealed class GetCurrentTenantHandler(Caller caller, Db db, IMediator mediator)
    : IRequestHandler<GetCurrentTenant, TenantResponse>
{
    public async Task<TenantResponse> Handle(GetCurrentTenant request, CancellationToken cancellationToken)
    {
        var read = Sql.Of<GetCurrentTenantHandler>("GetTenant");
        var known = await db.OneOrNone<Tenant>(read, new { caller.Org }, cancellationToken);
        if (known is not null && known.OrgDisplayName == caller.OrgDisplayName)
        {
            return known.ToResponse();
        }

        await mediator.Send(new EnsureCurrentTenant(), cancellationToken);
        return (await db.One<Tenant>(read, new { caller.Org }, cancellationToken)).ToResponse();
    }
}

/// <summary>Makes the org's tenant where there is none, and follows the display name that the token gives the org.</summary>
internal sealed record EnsureCurrentTenant : ICommand<Unit>;

internal sealed class EnsureCurrentTenantHandler(Caller caller, Db db, IMediator mediator, TimeProvider clock) : IRequestHandler<EnsureCurrentTenant, Unit>
{
    public async Task<Unit> Handle(EnsureCurrentTenant request, CancellationToken cancellationToken)
    {
        var args = new { id = Guid.CreateVersion7(), caller.Org, name = caller.OrgDisplayName, now = clock.Now(), by = caller.UserId };
        await db.Execute(Tenant.HoldOrg, new { org = caller.Org }, cancellationToken);
        var changed = await db.OneOrNone<Guid?>(Sql.Of<EnsureCurrentTenantHandler>("UpsertTenant"), args, cancellationToken);
        if (changed == args.id)
        {
            await db.Execute(Sql.Of<EnsureCurrentTenantHandler>("LinkAccounts"), new { args.id, args.Org, args.now }, cancellationToken);
        }
        else if (changed is { } renamed)
        {
            await mediator.Publish(new TenantRenamed(renamed), cancellationToken);
        }

        return Unit.Value;
    }
}
