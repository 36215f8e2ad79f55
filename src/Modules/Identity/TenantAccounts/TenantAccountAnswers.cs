using MediatR;
using Nico.Compute.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Identity.TenantAccounts;

/// <summary>The account that a command of the caller has just changed; <paramref name="Entries"/> of its history.</summary>
internal sealed record ReadTenantAccount(Guid AccountId, int Entries) : IQuery<TenantAccountResponse>;

internal sealed class ReadTenantAccountHandler(TenantAccountAnswers answers) : IRequestHandler<ReadTenantAccount, TenantAccountResponse>
{
    public Task<TenantAccountResponse> Handle(ReadTenantAccount request, CancellationToken cancellationToken) =>
        answers.Of(request.AccountId, cancellationToken, request.Entries);
}

/// <summary>Rows of accounts as answers, with their history, allocations and relations: a fixed number of statements.</summary>
internal sealed class TenantAccountAnswers(Db db, IAllocationCounts allocations, IOrganizations organizations)
{
    public async Task<IReadOnlyList<TenantAccountResponse>> Of(
        IReadOnlyList<TenantAccount> accounts, IReadOnlyList<TenantAccountRelation> relations, CancellationToken ct)
    {
        if (accounts.Count == 0)
        {
            return [];
        }

        var counts = await allocations.OfPairs(
            [.. accounts.Where(a => a.TenantId is not null).Select(a => new ProviderAndTenant(a.InfrastructureProviderId, a.TenantId!.Value))], ct);
        var providers = relations.Has(TenantAccountRelation.InfrastructureProvider)
            ? await organizations.Providers(accounts.Ids(a => a.InfrastructureProviderId), ct)
            : null;
        var tenants = relations.Has(TenantAccountRelation.Tenant) ? await organizations.Tenants(accounts.Ids(a => a.TenantId), ct) : null;
        return
        [
            .. accounts.Select(account => account.ToResponse(account.History, Count(account)) with
            {
                InfrastructureProvider = providers?.GetValueOrDefault(account.InfrastructureProviderId),
                Tenant = account.TenantId is { } tenant ? tenants?.GetValueOrDefault(tenant) : null,
            }),
        ];

        int Count(TenantAccount account) => account.TenantId is { } tenant
            ? counts.GetValueOrDefault(new ProviderAndTenant(account.InfrastructureProviderId, tenant))
            : 0;
    }

    /// <summary>The account as it stands in this transaction, for the answer to what changed it.</summary>
    public async Task<TenantAccountResponse> Of(Guid accountId, CancellationToken ct, int entries = StatusHistory.Shown) =>
        (await Of([await db.One<TenantAccount>(Sql.Of<TenantAccount>("TenantAccountById"), new { accountId, entries }, ct)], [], ct))[0];
}
