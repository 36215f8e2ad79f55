using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Lists;

namespace Nico.Identity.TenantAccounts.ListTenantAccounts;

/// <summary>The accounts of a provider or of a tenant. Source: spec/10-identity.md, section 6.3.</summary>
public sealed record ListTenantAccounts : ListQuery, IQuery<Page<TenantAccountResponse>>
{
    private static readonly ListOrder _orders = ListOrder.By("account_number", "status", "created", "updated", "tenant_org_display_name")
        .And("TENANT_ORG_NAME", "tenant_org")
        .And("TENANT_CONTACT_EMAIL", "contact_email")
        .And("TENANT_CONTACT_FULL_NAME", "(contact_first_name, contact_last_name)");

    /// <summary>Only accounts with this provider. Where it or <c>tenantId</c> is given, one of the two must be the org's own.</summary>
    [Query]
    public Guid? InfrastructureProviderId { get; init; }

    /// <summary>Only accounts of this tenant. Where it or <c>infrastructureProviderId</c> is given, one of the two must be the org's own.</summary>
    [Query]
    public Guid? TenantId { get; init; }

    /// <summary>Only accounts in this status.</summary>
    [Query]
    public TenantAccountStatus? Status { get; init; }

    /// <summary>Text to search for in the account's number and in the tenant's org and display name.</summary>
    [Query]
    public string? Query { get; init; }

    /// <summary>Related objects to embed; may be repeated.</summary>
    [Query]
    public IReadOnlyList<TenantAccountRelation> IncludeRelation { get; init; } = [];

    public override ListOrder Orders() => _orders;

    /// <summary>What to embed: what was asked for, and what the list is ordered by.</summary>
    internal IReadOnlyList<TenantAccountRelation> Embedded() =>
        OrderBy?.StartsWith("TENANT_ORG", StringComparison.Ordinal) == true ? [.. IncludeRelation, TenantAccountRelation.Tenant] : IncludeRelation;
}

internal sealed class ListTenantAccountsEndpoint : ListEndpoint<ListTenantAccounts, TenantAccountResponse>
{
    public override void Configure()
    {
        Get("tenant/account");
        Allow(Role.ProviderAdmin, Role.ProviderViewer, Role.TenantAdmin);
        Describe(
            "get-all-tenant-account",
            "Tenant Account",
            "List tenant accounts",
            "For a provider's roles the accounts of the org's provider, for a tenant's those of the org's tenant, for both all of them. With both ids "
            + "the list has the accounts of the two with each other. Ordered by the tenant's name, the list embeds the tenant.");
    }
}
