using Nico.Compute.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances.Counts;

internal sealed class InstanceCounts(Db db) : IInstanceCounts
{
    public async Task<IReadOnlyDictionary<string, int>> ByStatus(Guid tenantId, CancellationToken ct) =>
        (await db.Many<(string Status, int Count)>(
            "select shown_status, count(*)::integer from compute.instance where tenant_id = @tenantId group by shown_status", new { tenantId }, ct))
        .ToDictionary(row => row.Status, row => row.Count);
}
