using Nico.Networking.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Counts;

internal sealed class NetworkCounts(Db db) : INetworkCounts
{
    public Task<IReadOnlyDictionary<string, int>> IpBlocks(Guid providerId, CancellationToken ct) => Count(
        "select status, count(*)::integer from networking.ip_block where infrastructure_provider_id = @id group by status", providerId, ct);

    public Task<IReadOnlyDictionary<string, int>> Vpcs(Guid tenantId, CancellationToken ct) => Count(
        "select status, count(*)::integer from networking.vpc where tenant_id = @id group by status", tenantId, ct);

    public Task<IReadOnlyDictionary<string, int>> Subnets(Guid tenantId, CancellationToken ct) => Count(
        "select status, count(*)::integer from networking.subnet where tenant_id = @id group by status", tenantId, ct);

    private async Task<IReadOnlyDictionary<string, int>> Count(string sql, Guid id, CancellationToken ct) =>
        (await db.Many<(string Status, int Count)>(sql, new { id }, ct)).ToDictionary(row => row.Status, row => row.Count);
}
