using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.TenantAccounts.GetTenantAccount;

internal sealed class GetTenantAccountHandler(Caller caller, Db db, IOrganizations organizations, TenantAccountAnswers answers)
    : IRequestHandler<GetTenantAccount, TenantAccountResponse>
{
    public async Task<TenantAccountResponse> Handle(GetTenantAccount request, CancellationToken cancellationToken)
    {
        // Not by the caller's roles: to the org the account exists, whoever of it asks.
        var args = new
        {
            request.AccountId,
            providerId = await organizations.ProviderId(caller.Org, cancellationToken),
            tenantId = await organizations.TenantId(caller.Org, cancellationToken),
            entries = StatusHistory.Shown,
        };
        var account = await db.OneOrNone<TenantAccount>(Sql.Of<GetTenantAccountHandler>("GetTenantAccount"), args, cancellationToken)
            ?? throw Problem.NotFound("Tenant account", request.AccountId);
        if ((request.InfrastructureProviderId is { } provider && provider != account.InfrastructureProviderId)
            || (request.TenantId is { } tenant && tenant != account.TenantId))
        {
            throw Problem.NotFound("Tenant account", request.AccountId);
        }

        if (!(caller.IsProvider && account.InfrastructureProviderId == args.providerId) && !(caller.IsTenant && account.TenantId == args.tenantId))
        {
            throw Problem.Forbidden("A provider's accounts are for its administrators and viewers, a tenant's for its administrators");
        }

        return (await answers.Of([account], request.IncludeRelation, cancellationToken))[0];
    }
}
