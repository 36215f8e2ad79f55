namespace Nico.Compute.Contracts;

/// <summary>A provider and a tenant that have to do with each other.</summary>
public readonly record struct ProviderAndTenant(Guid ProviderId, Guid TenantId);

/// <summary>How many allocations there are.</summary>
public interface IAllocationCounts
{
    /// <summary>How many allocations each tenant has from its provider, in one statement. A pair that has none is left out.</summary>
    Task<IReadOnlyDictionary<ProviderAndTenant, int>> OfPairs(IReadOnlyCollection<ProviderAndTenant> pairs, CancellationToken ct);
}
