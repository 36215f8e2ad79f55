using MediatR;

namespace Nico.Identity.Contracts;

/// <summary>An org's provider side, as other modules know it.</summary>
public sealed record ProviderRef(Guid Id, string Org, string? OrgDisplayName);

/// <summary>An org's tenant side, as other modules know it.</summary>
/// <param name="Privileged">Where it is a privileged tenant: there it may choose machines and see the provider's hardware.</param>
public sealed record TenantRef(Guid Id, string Org, string? OrgDisplayName, PrivilegedSites Privileged);

/// <summary>
/// Where a tenant is privileged, as its Ready accounts say: at every site of some providers, but for those that are switched off, and at those
/// that are switched on. Source: spec/01-versions.md, section 6.2.
/// </summary>
public sealed record PrivilegedSites
{
    /// <summary>Nowhere.</summary>
    public static PrivilegedSites None { get; } = new();

    /// <summary>Providers at whose sites it is, by their accounts' defaults.</summary>
    public Guid[] Providers { get; init; } = [];

    /// <summary>Sites of these providers where it is not.</summary>
    public Guid[] Except { get; init; } = [];

    /// <summary>Sites of others where it is.</summary>
    public Guid[] Also { get; init; } = [];

    /// <summary>True when it is privileged nowhere.</summary>
    public bool IsNone => Providers.Length + Also.Length == 0;

    /// <summary>True when it is at this site of this provider.</summary>
    public bool Has(Guid providerId, Guid siteId) =>
        Array.IndexOf(Also, siteId) >= 0 || (Array.IndexOf(Providers, providerId) >= 0 && Array.IndexOf(Except, siteId) < 0);
}

/// <summary>The infrastructure provider that a resource belongs to.</summary>
/// <param name="Id">Id of the provider.</param>
/// <param name="Org">The provider's org, in lower case.</param>
/// <param name="OrgDisplayName">What the org calls itself.</param>
public sealed record InfrastructureProviderSummary(Guid Id, string Org, string? OrgDisplayName);

/// <summary>The tenant that a resource belongs to.</summary>
/// <param name="Id">Id of the tenant.</param>
/// <param name="Org">The tenant's org, in lower case.</param>
/// <param name="OrgDisplayName">What the org calls itself.</param>
/// <param name="Capabilities">What the tenant may do beyond the usual.</param>
public sealed record TenantSummary(Guid Id, string Org, string? OrgDisplayName, TenantCapabilities Capabilities);

/// <summary>What a tenant may do beyond the usual.</summary>
public sealed record TenantCapabilities
{
    /// <summary>True when the tenant may create instances on machines of its own choice, at every site of every provider it has an account with.</summary>
    public bool TargetedInstanceCreation { get; init; }
}

/// <summary>Providers and tenants.</summary>
public interface IOrganizations
{
    /// <summary>The provider side of <paramref name="org"/> (lower case), if it has one.</summary>
    Task<ProviderRef?> Provider(string org, CancellationToken ct);

    /// <summary>The tenant side of <paramref name="org"/> (lower case), if it has one.</summary>
    Task<TenantRef?> Tenant(string org, CancellationToken ct);

    /// <summary>
    /// The id of the org's tenant, if it has one. An org keeps it for good, so it is remembered for a minute: most requests ask the
    /// database nothing.
    /// </summary>
    Task<Guid?> TenantId(string org, CancellationToken ct);

    /// <summary>The id of the org's provider, if it has one; remembered likewise.</summary>
    Task<Guid?> ProviderId(string org, CancellationToken ct);

    /// <summary>The tenant with this id, if there is one.</summary>
    Task<TenantRef?> TenantById(Guid id, CancellationToken ct);

    /// <summary>Providers by id, in one statement: for <c>includeRelation</c>.</summary>
    Task<IReadOnlyDictionary<Guid, InfrastructureProviderSummary>> Providers(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>Tenants by id, in one statement: for <c>includeRelation</c>.</summary>
    Task<IReadOnlyDictionary<Guid, TenantSummary>> Tenants(IReadOnlyCollection<Guid> ids, CancellationToken ct);

    /// <summary>Which of <paramref name="tenantIds"/> have an account, accepted or not, with one of the providers.</summary>
    Task<IReadOnlySet<Guid>> TenantsOf(IReadOnlyCollection<Guid> providerIds, IReadOnlyCollection<Guid> tenantIds, CancellationToken ct);

    /// <summary>The org's provider, made now when it has none yet: for sites that the configuration names.</summary>
    Task<ProviderRef> EnsureProvider(string org, CancellationToken ct);
}

/// <summary>An org's display name changed: what sites call the tenant is to follow.</summary>
public sealed record TenantRenamed(Guid TenantId) : INotification;
