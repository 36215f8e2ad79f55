using MediatR;
using Nico.Identity.Tenants;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.ServiceAccounts.GetCurrentServiceAccount;

internal sealed class GetCurrentServiceAccountHandler(Caller caller, Db db, IMediator mediator)
    : IRequestHandler<GetCurrentServiceAccount, ServiceAccountResponse>
{
    public async Task<ServiceAccountResponse> Handle(GetCurrentServiceAccount request, CancellationToken cancellationToken)
    {
        if (!caller.IsServiceAccount)
        {
            return new ServiceAccountResponse();
        }

        var read = Sql.Of<GetCurrentServiceAccountHandler>("GetServiceAccount");
        var known = await db.OneOrNone<ServiceAccountResponse>(read, new { caller.Org }, cancellationToken);
        if (known is not null)
        {
            return known;
        }

        await mediator.Send(new EnsureCurrentServiceAccount(), cancellationToken);
        return await db.One<ServiceAccountResponse>(read, new { caller.Org }, cancellationToken);
    }
}

/// <summary>Makes whatever the service account's org lacks of provider, tenant and account.</summary>
internal sealed record EnsureCurrentServiceAccount : ICommand<Unit>;

internal sealed class EnsureCurrentServiceAccountHandler(Caller caller, Db db, TimeProvider clock) : IRequestHandler<EnsureCurrentServiceAccount, Unit>
{
    public async Task<Unit> Handle(EnsureCurrentServiceAccount request, CancellationToken cancellationToken)
    {
        var args = new
        {
            providerId = Guid.CreateVersion7(),
            tenantId = Guid.CreateVersion7(),
            accountId = Guid.CreateVersion7(),
            changeId = Guid.CreateVersion7(),
            accountNumber = "nico-" + Guid.NewGuid().ToString("N"),
            caller.Org,
            name = caller.OrgDisplayName,
            now = clock.Now(),
            by = caller.UserId,
        };
        await db.Execute(Tenant.HoldOrg, new { org = caller.Org }, cancellationToken);
        await db.Execute(Sql.Of<EnsureCurrentServiceAccountHandler>("Bootstrap"), args, cancellationToken);
        return Unit.Value;
    }
}
