using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Allocations;

/// <summary>Rows of allocations that several operations need.</summary>
internal sealed class AllocationRows(Db db)
{
    /// <summary>The provider's allocation under a row lock until the transaction ends; 404 otherwise.</summary>
    public async Task<Allocation> Lock(Guid id, Guid providerId, CancellationToken ct) =>
        await db.OneOrNone<Allocation>(Sql.Of<AllocationRows>("LockAllocation"), new { id, providerId }, ct) ?? throw Problem.NotFound("Allocation", id);

    /// <summary>409: another has the name.</summary>
    public async Task<Problem> NameTaken(Allocation allocation, CancellationToken ct) => Problem.Conflict(
        $"The tenant has an allocation named '{allocation.Name}' at this site already",
        await IdOfName(allocation.TenantId, allocation.SiteId, allocation.Name, ct) ?? allocation.Id);

    /// <summary>The tenant's allocation of that name at the site, if there is one.</summary>
    public Task<Guid?> IdOfName(Guid tenantId, Guid siteId, string name, CancellationToken ct) =>
        db.OneOrNone<Guid?>(Sql.Of<AllocationRows>("IdOfName"), new { tenantId, siteId, name }, ct);
}
