using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.TenantAccounts.GetTenantAccount;

/// <summary>One account. Source: spec/10-identity.md, section 6.4.</summary>
public sealed record GetTenantAccount : IQuery<TenantAccountResponse>
{
    /// <summary>Id of the account.</summary>
    [Path]
    public Guid AccountId { get; init; }

    /// <summary>The account's provider. It or <c>tenantId</c> must be given, and one of the two must be the org's own.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>The account's tenant. It or <c>infrastructureProviderId</c> must be given, and one of the two must be the org's own.</summary>
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
            "An account of the caller's provider or tenant, which the query has to name. An id that is not the account's answers as if there "
            + "were no such account.",
            404);
    }
}
