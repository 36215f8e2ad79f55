using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.TenantAccounts.GetTenantAccount;

/// <summary>One account. Source: spec/10-identity.md, section 6.4.</summary>
public sealed record GetTenantAccount : IQuery<TenantAccountResponse>
{
    /// <summary>Id of the account.</summary>
    [Path]
    public Guid AccountId { get; init; }

    /// <summary>The account's provider, where it is given.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>The account's tenant, where it is given.</summary>
    [Query]
    public Guid? TenantId { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<TenantAccountRelation> IncludeRelation { get; init; } = [];
}

internal sealed class GetTenantAccountEndpoint : QueryEndpoint<GetTenantAccount, TenantAccountResponse>
{
    public override void Configure()
    {
        Get("tenant/account/{accountId}");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-tenant-account",
            "Tenant Account",
            "Retrieve a tenant account",
            "An account of the caller's provider or tenant. An id in the query that is not the account's answers as if there were no such account.",
            404);
    }
}
