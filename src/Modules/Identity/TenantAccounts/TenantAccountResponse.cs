using System.Text.Json.Serialization;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.TenantAccounts;

/// <summary>What a provider and a tenant's org have with each other: an invitation, and once it is accepted an account.</summary>
[Schema("TenantAccount")]
public sealed record TenantAccountResponse
{
    /// <summary>Id of the account.</summary>
    public Guid Id { get; init; }

    /// <summary>A number to quote: <c>nico-</c> and 32 hexadecimal digits.</summary>
    public required string AccountNumber { get; init; }

    /// <summary>The provider that invited.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>The provider's org, in lower case.</summary>
    public required string InfrastructureProviderOrg { get; init; }

    /// <summary>The tenant; null until the org has one.</summary>
    public Guid? TenantId { get; init; }

    /// <summary>The tenant's org, in lower case.</summary>
    public required string TenantOrg { get; init; }

    /// <summary>The user who accepted; left out before that, and where the account was made ready for a service account.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public User? TenantContact { get; init; }

    /// <summary>How many allocations this tenant has from this provider.</summary>
    public int AllocationCount { get; init; }

    /// <summary>
    /// What the tenant may do beyond the usual: first at the provider's sites by default, then at those that differ from it, if any do.
    /// </summary>
    public required IReadOnlyList<TenantAccountSiteCapability> SiteCapabilities { get; init; }

    /// <summary>Where the account stands.</summary>
    public TenantAccountStatus Status { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>Always null: accounts have no subscriptions yet.</summary>
    public string? SubscriptionId { get; init; }

    /// <summary>Always null: accounts have no subscriptions yet.</summary>
    public string? SubscriptionTier { get; init; }

    /// <summary>When the provider invited.</summary>
    public DateTime Created { get; init; }

    /// <summary>When the account was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>The provider; only when it was asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfrastructureProviderSummary? InfrastructureProvider { get; init; }

    /// <summary>The tenant; only when it was asked for, or when the list is ordered by it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TenantSummary? Tenant { get; init; }
}

/// <summary>What a tenant may do at some sites, or by default.</summary>
/// <param name="SiteIds">The sites, sorted; none for the account's default.</param>
/// <param name="TargetedInstanceCreation">True when it may create instances on machines of its own choice, and sees the provider's hardware.</param>
public sealed record TenantAccountSiteCapability(IReadOnlyList<Guid> SiteIds, bool TargetedInstanceCreation);
