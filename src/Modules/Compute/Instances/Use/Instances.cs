using Nico.Compute.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances.Use;

internal sealed class Instances(Db db) : IInstances
{
    public async Task<IReadOnlyDictionary<Guid, InstanceSummary>> Summaries(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        ids.Count == 0
            ? new Dictionary<Guid, InstanceSummary>()
            : (await db.Many<InstanceSummary>(
                "select id, name, id as controller_instance_id, status from compute.instance where id = any(@ids)", new { ids = ids.ToArray() }, ct))
                .ToDictionary(instance => instance.Id);

    public Task<ILookup<Guid, InterfaceAddresses>> OnSubnets(IReadOnlyCollection<Guid> subnetIds, CancellationToken ct) =>
        On("OnSubnets", subnetIds, ct);

    public Task<ILookup<Guid, InterfaceAddresses>> OnVpcPrefixes(IReadOnlyCollection<Guid> vpcPrefixIds, CancellationToken ct) =>
        On("OnVpcPrefixes", vpcPrefixIds, ct);

    private async Task<ILookup<Guid, InterfaceAddresses>> On(string sql, IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        (await db.Many<OnNetwork>(Sql.Of<Instances>(sql), new { ids = ids.ToArray() }, ct))
        .ToLookup(row => row.NetworkId, row => new InterfaceAddresses(row.Id, row.IpAddresses));

    private sealed record OnNetwork
    {
        public Guid NetworkId { get; init; }

        public Guid Id { get; init; }

        public string[] IpAddresses { get; init; } = [];
    }
}
