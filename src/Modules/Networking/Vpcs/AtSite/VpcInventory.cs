using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.Vpcs.AtSite;

/// <summary>What sites report of VPCs. Source: spec/60-site-link.md, section 8.2.</summary>
internal sealed class VpcInventory(VpcAtSite vpcs, ISiteCommands commands, TimeProvider clock)
    : SiteResourceInventory<SiteProtocol.Forge.Vpc>(vpcs, clock)
{
    /// <summary>A VNI has 24 bits.</summary>
    public const int LargestVni = (1 << 24) - 1;

    public override InventoryPart Part => InventoryPart.Vpcs;

    protected override SiteQuery Everything => new("FindVpcIds", new VpcSearchFilter());

    public override async Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<SiteProtocol.Forge.Vpc> page, CancellationToken ct)
    {
        var now = Now;
        var ready = await db.Many<Guid?>(
            Sql.Of<VpcInventory>("ApplyVpcs"),
            new
            {
                siteId = page.SiteId,
                fence = page.Fence,
                now,
                ids = page.Items.Select(vpc => vpc.Uuid).ToArray(),
                orgs = page.Items.Select(vpc => vpc.Item.TenantOrganizationId.ToLowerInvariant()).ToArray(),
                vnis = page.Items.Select(VniOf).ToArray(),
                types = page.Items.Select(vpc => vpc.Item.HasNetworkVirtualizationType ? TypeOf(vpc.Item.NetworkVirtualizationType) : null).ToArray(),
                profiles = page.Items.Select(vpc => vpc.Item.HasRoutingProfileType ? vpc.Item.RoutingProfileType : null).ToArray(),
                known = page.Items.Select(vpc => !vpc.Lacks("routing_profile_type")).ToArray(),
            },
            ct);
        await NetworkingModule.VpcHistory.AppendAll(
            db, [.. ready.OfType<Guid>().Select(id => new StatusChange(id.ToString(), nameof(VpcStatus.Ready), "VPC is ready for use"))], now, ct);
        var reported = page.Items.ToDictionary(vpc => vpc.Id, vpc => vpc.Item);
        var foreign = await vpcs.Foreign(
            db, page.SiteId, page.Items.Select(vpc => vpc.Uuid), id => $"{NameOf(reported[id])} of org {reported[id].TenantOrganizationId}", ct);
        Guid[] ids = [.. page.Items.Select(vpc => vpc.Uuid)];
        await db.Execute(
            Sql.Of<VpcInventory>("FollowUnknown"),
            new { siteId = page.SiteId, reported = ids, unknown = foreign.Select(drift => Guid.Parse(drift.Id)).ToArray() },
            ct);
        return [.. foreign, .. await CorrectDrift(db, page, now, ct)];
    }

    public override Task Vanished(Db db, Guid siteId, string[] present, CancellationToken ct) =>
        db.Execute(Sql.Of<VpcInventory>("ForgetUnknown"), new { siteId, present }, ct);

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) =>
        new("FindVpcsByIds", new VpcsByIdsRequest { VpcIds = { ids.Select(id => new VpcId { Value = id }) } });

    /// <summary>Tells the site again what its VPCs are called where it has something else: Nico's word counts.</summary>
    private async Task<IEnumerable<Drift>> CorrectDrift(Db db, InventoryPage<SiteProtocol.Forge.Vpc> page, DateTime now, CancellationToken ct)
    {
        var ids = page.Items.Select(vpc => vpc.Uuid).ToArray();
        var rows = (await db.Many<Vpc>(Sql.Of<VpcInventory>("SettledVpcs"), new { siteId = page.SiteId, fence = page.Fence, ids }, ct))
            .ToDictionary(row => row.Id);
        var drifted = page.Items
            .Where(vpc => rows.TryGetValue(vpc.Uuid, out var row) && !vpc.Lacks("metadata") && vpcs.Differs(row, vpc.Item))
            .Select(vpc => vpc.Id)
            .ToArray();
        return await vpcs.Correct(db, commands, page.SiteId, drifted, page.Fence, now, ct);
    }

    /// <summary>What a site calls a VPC.</summary>
    public static string NameOf(SiteProtocol.Forge.Vpc vpc) => vpc.Metadata is { Name.Length: > 0 } metadata ? metadata.Name : vpc.Name;

    /// <summary>The VNI that the VPC has at its site.</summary>
    public static int? VniOf(Report<SiteProtocol.Forge.Vpc> vpc) => vpc.Item.Status is { HasVni: true } status
        ? vpc.Number("status.vni", status.Vni, LargestVni)
        : vpc.Item.HasDeprecatedVni ? vpc.Number("deprecated_vni", vpc.Item.DeprecatedVni, LargestVni) : null;

    /// <summary>How the VPC is made at its site, as this API spells it.</summary>
    public static string? TypeOf(VpcVirtualizationType type) => type switch
    {
        VpcVirtualizationType.EthernetVirtualizer => "ETHERNET_VIRTUALIZER",
        VpcVirtualizationType.Fnn => "FNN",
        VpcVirtualizationType.Flat => "FLAT",
        VpcVirtualizationType.EthernetVirtualizerWithNvue => "ETHERNET_VIRTUALIZER_WITH_NVUE",
        VpcVirtualizationType.FnnClassic => "FNN_CLASSIC",
        VpcVirtualizationType.FnnL3 => "FNN_L3",
        _ => null,
    };
}
