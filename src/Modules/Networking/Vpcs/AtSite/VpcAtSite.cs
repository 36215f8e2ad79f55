using Google.Protobuf;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Reported = Nico.SiteProtocol.Forge.Vpc;

namespace Nico.Networking.Vpcs.AtSite;

/// <summary>VPCs at their site. Source: spec/60-site-link.md, sections 6.2 and 8.2.</summary>
internal sealed class VpcAtSite : SiteResource<Vpc, Reported>
{
    public override string Kind => NetworkingKinds.Vpc;

    public override string Table => "networking.vpc";

    public override string Noun => "VPC";

    public override StatusHistory History => NetworkingModule.VpcHistory;

    public override string Changeable => "name,description,labels";

    public override string OnItsWay => nameof(VpcStatus.Pending);

    public override Task<Vpc?> Row(Db db, Guid id, CancellationToken ct) => db.OneOrNone<Vpc>(Sql.Of<VpcAtSite>("VpcById"), new { id }, ct);

    public override async Task<Reported?> Find(Forge.ForgeClient core, string id, CancellationToken ct) =>
        (await core.FindVpcsByIdsAsync(new VpcsByIdsRequest { VpcIds = { new VpcId { Value = id } } }, cancellationToken: ct)).Vpcs.FirstOrDefault();

    public override async Task<IMessage?> Create(Forge.ForgeClient core, Vpc row, CancellationToken ct)
    {
        var request = new VpcCreationRequest
        {
            Id = new VpcId { Value = row.Id.ToString() },
            Name = row.Name,
            TenantOrganizationId = row.Org,
            Metadata = Metadata(row),
        };
        if (row.NetworkVirtualizationType is { } type)
        {
            request.NetworkVirtualizationType = type switch
            {
                NetworkVirtualizationType.FNN => VpcVirtualizationType.Fnn,
                NetworkVirtualizationType.FLAT => VpcVirtualizationType.Flat,
                _ => VpcVirtualizationType.EthernetVirtualizer,
            };
        }

        if (row.RoutingProfile is not null)
        {
            request.RoutingProfileType = row.RoutingProfile;
        }

        if (row.RequestedVni is { } vni)
        {
            request.Vni = (uint)vni;
        }

        return await core.CreateVpcAsync(request, cancellationToken: ct);
    }

    public override async Task<IMessage?> Update(Forge.ForgeClient core, Vpc row, CancellationToken ct) => await core.UpdateVpcAsync(
        new VpcUpdateRequest { Id = new VpcId { Value = row.Id.ToString() }, Metadata = Metadata(row) }, cancellationToken: ct);

    /// <summary>What the site never took of Nico may be another org's, by an id that the caller chose: that stays.</summary>
    public override async Task<IMessage?> Delete(Forge.ForgeClient core, string id, Vpc? row, CancellationToken ct) =>
        row is { AtSite: false } && await Find(core, id, ct) is { } found && !IsOurs(row, found)
            ? null
            : await core.DeleteVpcAsync(new VpcDeletionRequest { Id = new VpcId { Value = id } }, cancellationToken: ct);

    /// <summary>Who chooses an id gets nothing of another org by it, though the site has it and Nico does not (any more).</summary>
    public override bool IsOurs(Vpc row, Reported found) => found.TenantOrganizationId == row.Org;

    public override bool Differs(Vpc row, Reported found) => SiteMetadata.HasDrifted(found.Metadata, row.Name, row.Description, row.Labels);

    public override (string Status, string Message) Made(Reported made) => made.Status is null
        ? (nameof(VpcStatus.Provisioning), "VPC was taken by its site")
        : (nameof(VpcStatus.Ready), "VPC is ready for use");

    public override Task Keep(Db db, Guid id, Reported answer, CancellationToken ct) => answer.Status is { HasVni: true, Vni: var vni }
        ? db.Execute(Sql.Of<VpcAtSite>("SetVni"), new { id, vni = (int)vni }, ct)
        : Task.CompletedTask;

    private static Metadata Metadata(Vpc row) => SiteMetadata.Of(row.Name, row.Description, row.Labels);
}
