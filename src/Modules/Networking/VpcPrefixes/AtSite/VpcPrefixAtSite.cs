using Google.Protobuf;
using Nico.Networking.Carving;
using Nico.Networking.Contracts;
using Nico.Networking.Networks;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Reported = Nico.SiteProtocol.Forge.VpcPrefix;

namespace Nico.Networking.VpcPrefixes.AtSite;

/// <summary>VPC prefixes at their site. Source: spec/60-site-link.md, sections 6.3 and 8.3.</summary>
internal sealed class VpcPrefixAtSite(TenantNetworks networks) : SiteResource<VpcPrefix, Reported>
{
    public override string Kind => NetworkingKinds.VpcPrefix;

    public override string Table => "networking.vpc_prefix";

    public override string Noun => "VPC prefix";

    public override StatusHistory History => NetworkingModule.VpcPrefixHistory;

    public override string Changeable => "name";

    public override string OnItsWay => nameof(VpcPrefixStatus.Ready);

    public override Task<VpcPrefix?> Row(Db db, Guid id, CancellationToken ct) =>
        db.OneOrNone<VpcPrefix>(Sql.Of<VpcPrefixAtSite>("VpcPrefixById"), new { id }, ct);

    public override async Task<Reported?> Find(Forge.ForgeClient core, string id, CancellationToken ct) => (await core.GetVpcPrefixesAsync(
        new VpcPrefixGetRequest { VpcPrefixIds = { new VpcPrefixId { Value = id } } }, cancellationToken: ct)).VpcPrefixes.FirstOrDefault();

    public override async Task<IMessage?> Create(Forge.ForgeClient core, VpcPrefix row, CancellationToken ct) => await core.CreateVpcPrefixAsync(
        new VpcPrefixCreationRequest
        {
            Id = new VpcPrefixId { Value = row.Id.ToString() },
            VpcId = new VpcId { Value = row.VpcId.ToString() },
            Config = new VpcPrefixConfig { Prefix = row.Prefix },
            Metadata = new Metadata { Name = row.Name },
        },
        cancellationToken: ct);

    public override async Task<IMessage?> Update(Forge.ForgeClient core, VpcPrefix row, CancellationToken ct) => await core.UpdateVpcPrefixAsync(
        new VpcPrefixUpdateRequest { Id = new VpcPrefixId { Value = row.Id.ToString() }, Metadata = new Metadata { Name = row.Name } },
        cancellationToken: ct);

    public override async Task<IMessage?> Delete(Forge.ForgeClient core, string id, VpcPrefix? row, CancellationToken ct) =>
        await core.DeleteVpcPrefixAsync(new VpcPrefixDeletionRequest { Id = new VpcPrefixId { Value = id } }, cancellationToken: ct);

    public override bool Differs(VpcPrefix row, Reported found) => found.Metadata?.Name != row.Name;

    public override (string Status, string Message) Made(Reported made) => (nameof(VpcPrefixStatus.Ready), "VPC prefix is ready for use");

    public override Task TakeAgain(Db db, VpcPrefix row, CancellationToken ct) => networks.TakeAgain(Kind, row.Id, row.IpBlockId, row.Prefix, ct);

    public override Task Free(Db db, IReadOnlyCollection<Guid> ids, CancellationToken ct) => new Carver(db).Release(Kind, ids, ct);
}
