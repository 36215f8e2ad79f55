using Google.Protobuf;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.Networking.Networks;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.Subnets.AtSite;

/// <summary>Subnets at their site, where they are network segments. Source: spec/60-site-link.md, sections 6.3 and 8.4.</summary>
internal sealed class SubnetAtSite(TenantNetworks networks) : SiteResource<Subnet, NetworkSegment>
{
    /// <summary>Addresses at the start of a subnet that its site keeps: the network's own and the gateway.</summary>
    private const int Reserved = 2;

    public override string Kind => NetworkingKinds.Subnet;

    public override string Table => "networking.subnet";

    public override string Noun => "subnet";

    public override StatusHistory History => NetworkingModule.SubnetHistory;

    public override string OnItsWay => nameof(SubnetStatus.Pending);

    public override Task<Subnet?> Row(Db db, Guid id, CancellationToken ct) => db.OneOrNone<Subnet>(Sql.Of<SubnetAtSite>("SubnetById"), new { id }, ct);

    public override async Task<NetworkSegment?> Find(Forge.ForgeClient core, string id, CancellationToken ct) => (await core.FindNetworkSegmentsByIdsAsync(
        new NetworkSegmentsByIdsRequest { NetworkSegmentsIds = { new NetworkSegmentId { Value = id } } }, cancellationToken: ct)).NetworkSegments.FirstOrDefault();

    public override async Task<IMessage?> Create(Forge.ForgeClient core, Subnet row, CancellationToken ct) => await core.CreateNetworkSegmentAsync(
        new NetworkSegmentCreationRequest
        {
            Id = new NetworkSegmentId { Value = row.Id.ToString() },
            Name = row.Name,
            VpcId = new VpcId { Value = row.VpcId.ToString() },
            Prefixes = { new NetworkPrefix { Prefix = row.Prefix, Gateway = row.Gateway, ReserveFirst = Reserved } },
        },
        cancellationToken: ct);

    public override async Task<IMessage?> Delete(Forge.ForgeClient core, string id, Subnet? row, CancellationToken ct) =>
        await core.DeleteNetworkSegmentAsync(new NetworkSegmentDeletionRequest { Id = new NetworkSegmentId { Value = id } }, cancellationToken: ct);

    /// <summary>A segment stays for a while after its deletion was taken.</summary>
    public override bool IsLeaving(NetworkSegment found) => found.State is TenantState.Terminating or TenantState.Terminated;

    public override (string Status, string Message) Made(NetworkSegment made)
    {
        var (status, message) = StatusOf(made.State) ?? StatusOf(TenantState.Provisioning)!.Value;
        return (status.ToString(), message);
    }

    public override Task TakeAgain(Db db, Subnet row, CancellationToken ct) => networks.TakeAgain(Kind, row.Id, row.Ipv4BlockId, row.Prefix, ct);

    public override Task Free(Db db, IReadOnlyCollection<Guid> ids, CancellationToken ct) => new Carver(db).Release(Kind, ids, ct);

    /// <summary>What a segment's state means for its subnet, and in words; null for one that is not known here.</summary>
    public static (SubnetStatus Status, string Message)? StatusOf(TenantState state) => state switch
    {
        TenantState.Provisioning or TenantState.Configuring => (SubnetStatus.Provisioning, "Subnet is being made by its site"),
        TenantState.Ready => (SubnetStatus.Ready, "Subnet is ready for use"),
        TenantState.Terminating or TenantState.Terminated => (SubnetStatus.Deleting, "Subnet is being removed by its site"),
        TenantState.Failed => (SubnetStatus.Error, "Subnet failed at its site"),
        _ => null,
    };
}
