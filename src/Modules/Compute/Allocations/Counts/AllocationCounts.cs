using Nico.Compute.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations.Counts;

internal sealed class AllocationCounts(Db db) : IAllocationCounts
{
    public async Task<IReadOnlyDictionary<ProviderAndTenant, int>> OfPairs(IReadOnlyCollection<ProviderAndTenant> pairs, CancellationToken ct) =>
        pairs.Count == 0
            ? new Dictionary<ProviderAndTenant, int>()
            : (await db.Many<(Guid ProviderId, Guid TenantId, int Count)>(
                Sql.Of<AllocationCounts>("AllocationsOfPairs"),
                new { providerIds = pairs.Select(pair => pair.ProviderId).ToArray(), tenantIds = pairs.Select(pair => pair.TenantId).ToArray() },
                ct)).ToDictionary(row => new ProviderAndTenant(row.ProviderId, row.TenantId), row => row.Count);
}
