using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.TenantAccounts.UpdateTenantAccount;

internal sealed class UpdateTenantAccountHandler(
    ActingAs acting, Caller caller, Db db, TimeProvider clock)
    : IRequestHandler<UpdateTenantAccount, Guid>
{
    public async Task<Guid> Handle(UpdateTenantAccount request, CancellationToken cancellationToken)
    {
        var tenant = await acting.Tenant(NotYet.NotFound, cancellationToken);
        var args = new { request.AccountId, tenantId = tenant.Id, by = caller.UserId, now = clock.Now() };
        var status = await db.OneOrNone<string>(Sql.Of<UpdateTenantAccountHandler>("LockTenantAccount"), args, cancellationToken)
            ?? throw Problem.NotFound("Tenant account", request.AccountId);
        if (request.TenantContactId is { } contact && contact != caller.UserId)
        {
            throw Problem.Invalid("tenantContactId", "must be the caller");
        }

        if (status != nameof(TenantAccountStatus.Invited))
        {
            throw Problem.Invalid($"Tenant account {request.AccountId} is {status}: only an invitation can be accepted");
        }

        await db.Execute(Sql.Of<UpdateTenantAccountHandler>("AcceptTenantAccount"), args, cancellationToken);
        await IdentityModule.TenantAccountHistory.Append(
            db, request.AccountId, nameof(TenantAccountStatus.Ready), "The tenant has accepted", args.now, cancellationToken);
        return request.AccountId;
    }
}
