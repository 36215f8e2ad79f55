using Nico.Networking.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Networks;

internal sealed class Networks(Db db) : INetworks
{
    public async Task<IReadOnlyDictionary<Guid, VpcRef>> HoldVpcs(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        (await Rows<VpcRef>("HoldVpcs", ids, ct)).ToDictionary(vpc => vpc.Id);

    public async Task<IReadOnlyDictionary<Guid, NetworkRef>> HoldSubnets(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        (await Rows<NetworkRef>("HoldSubnets", ids, ct)).ToDictionary(subnet => subnet.Id);

    public async Task<IReadOnlyDictionary<Guid, NetworkRef>> HoldVpcPrefixes(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        (await Rows<NetworkRef>("HoldVpcPrefixes", ids, ct)).ToDictionary(prefix => prefix.Id);

    public async Task<IReadOnlyDictionary<Guid, (VpcRef Ref, VpcSummary Summary)>> Vpcs(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        (await Rows<VpcRef>("VpcsByIds", ids, ct)).ToDictionary(vpc => vpc.Id, vpc => (vpc, new VpcSummary
        {
            Id = vpc.Id,
            Name = vpc.Name,
            ControllerVpcId = vpc.Id,
            NetworkVirtualizationType = vpc.NetworkVirtualizationType,
            Status = vpc.Status,
        }));

    public async Task<IReadOnlyDictionary<Guid, SubnetSummary>> Subnets(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        (await Rows<SubnetSummary>("SubnetsByIds", ids, ct)).ToDictionary(subnet => subnet.Id);

    public async Task<IReadOnlyDictionary<Guid, VpcPrefixSummary>> VpcPrefixes(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        (await Rows<VpcPrefixSummary>("VpcPrefixesByIds", ids, ct)).ToDictionary(prefix => prefix.Id);

    private async Task<List<T>> Rows<T>(string sql, IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        ids.Count == 0 ? [] : await db.Many<T>(Sql.Of<Networks>(sql), new { ids = ids.ToArray() }, ct);
}
