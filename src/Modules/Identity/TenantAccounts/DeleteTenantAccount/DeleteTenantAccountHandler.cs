using MediatR;
using Nico.Compute.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.TenantAccounts.DeleteTenantAccount;

internal sealed class DeleteTenantAccountHandler(ActingAs acting, Db db, IAllocationCounts allocations)
    : IRequestHandler<DeleteTenantAccount, Unit>
{
    public async Task<Unit> Handle(DeleteTenantAccount request, CancellationToken cancellationToken)
    {
        var provider = await acting.Provider(NotYet.Invalid, cancellationToken);
        var args = new { request.AccountId, providerId = provider.Id };
        var account = await db.OneOrNone<Locked>(Sql.Of<DeleteTenantAccountHandler>("LockTenantAccount"), args, cancellationToken)
            ?? throw Problem.NotFound("Tenant account", request.AccountId);
        if (account.TenantId is { } tenant)
        {
            var pair = new ProviderAndTenant(provider.Id, tenant);
            if ((await allocations.OfPairs([pair], cancellationToken)).TryGetValue(pair, out var count) && count > 0)
            {
                throw Problem.Invalid($"The tenant has {count} allocations from this provider: delete them first");
            }
        }

        await db.Execute("delete from identity.tenant_account where id = @AccountId", args, cancellationToken);
        await IdentityModule.TenantAccountHistory.Forget(db, [request.AccountId], cancellationToken);
        return Unit.Value;
    }

    private sealed record Locked(Guid Id, Guid? TenantId);
}
