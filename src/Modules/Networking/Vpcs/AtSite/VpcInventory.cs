using Nico.Networking.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.Vpcs.AtSite;

/// <summary>What sites report of VPCs. Source: spec/60-site-link.md, section 8.2.</summary>
internal sealed class VpcInventory(ISiteCommands commands, TimeProvider clock) : SiteInventory<SiteProtocol.Forge.Vpc>
{
    private static SiteObjects Objects => VpcAtSite.Objects;

    public override string Kind => VpcAtSite.Kind;

    public override InventoryOrder Order => InventoryOrder.Vpcs;

    public override async Task<IReadOnlyList<string>> Ids(Forge.ForgeClient core, CancellationToken ct) =>
        [.. (await core.FindVpcIdsAsync(new VpcSearchFilter(), cancellationToken: ct)).VpcIds.Select(id => id.Value)];

    public override async Task<IReadOnlyList<SiteProtocol.Forge.Vpc>> ByIds(Forge.ForgeClient core, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var request = new VpcsByIdsRequest();
        request.VpcIds.AddRange(ids.Select(id => new VpcId { Value = id }));
        return (await core.FindVpcsByIdsAsync(request, cancellationToken: ct)).Vpcs;
    }

    public override async Task<IReadOnlyList<string>> Apply(Db db, InventoryPage<SiteProtocol.Forge.Vpc> page, CancellationToken ct)
    {
        var reported = page.Items.Where(vpc => Guid.TryParse(vpc.Id?.Value, out _)).DistinctBy(vpc => vpc.Id.Value).ToArray();
        var now = clock.Now();
        var ready = await db.Many<Guid?>(
            Sql.Of<VpcInventory>("ApplyVpcs"),
            new
            {
                siteId = page.SiteId,
                fence = page.Fence,
                now,
                ids = reported.Select(vpc => Guid.Parse(vpc.Id.Value)).ToArray(),
                vnis = reported.Select(vpc => vpc.Status is { HasVni: true } status ? (int?)status.Vni : vpc.HasDeprecatedVni ? (int?)vpc.DeprecatedVni : null).ToArray(),
                types = reported.Select(vpc => vpc.HasNetworkVirtualizationType ? TypeOf(vpc.NetworkVirtualizationType) : null).ToArray(),
                profiles = reported.Select(vpc => vpc.HasRoutingProfileType ? vpc.RoutingProfileType : null).ToArray(),
            },
            ct);
        await NetworkingModule.VpcHistory.AppendAll(
            db, [.. ready.OfType<Guid>().Select(id => new StatusChange(id.ToString(), nameof(VpcStatus.Ready), "VPC is ready for use"))], now, ct);
        var unknown = await Objects.Unknown(db, reported.Select(vpc => vpc.Id.Value), ct);
        return [.. unknown, .. await CorrectDrift(db, page, reported, now, ct)];
    }

    public override Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        Objects.Absent(db, siteId, present, fence, ct);

    public override Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct) =>
        Objects.Gone(db, siteId, ids, fence, clock.Now(), ct);

    /// <summary>
    /// Tells the site again what its VPCs are called where it has something else: Nico's word counts. Three times in ten minutes an
    /// object, then it is reported instead; the ids of those.
    /// </summary>
    private async Task<IReadOnlyList<string>> CorrectDrift(
        Db db, InventoryPage<SiteProtocol.Forge.Vpc> page, SiteProtocol.Forge.Vpc[] reported, DateTime now, CancellationToken ct)
    {
        var ids = reported.Select(vpc => Guid.Parse(vpc.Id.Value)).ToArray();
        var rows = (await db.Many<Vpc>(Sql.Of<VpcInventory>("SettledVpcs"), new { siteId = page.SiteId, fence = page.Fence, ids }, ct))
            .ToDictionary(row => row.Id.ToString());
        var drifted = reported.Where(vpc => rows.TryGetValue(vpc.Id.Value, out var row) && VpcAtSite.HasDrifted(row, vpc)).Select(vpc => vpc.Id.Value).ToArray();
        if (drifted.Length == 0)
        {
            return [];
        }

        var pushed = (await db.Many<Guid>(
            Sql.Of<VpcInventory>("CountPushes"), new { ids = drifted.Select(Guid.Parse).ToArray(), now, since = now - TimeSpan.FromMinutes(10), fence = page.Fence }, ct))
            .Select(id => id.ToString())
            .ToHashSet();
        foreach (var id in pushed)
        {
            await commands.EnqueueInBackground(
                new SiteCommand { SiteId = page.SiteId, Kind = Kind, ResourceId = id, Operation = SiteOperation.Update }, ct);
        }

        return [.. drifted.Where(id => !pushed.Contains(id))];
    }

    private static string TypeOf(VpcVirtualizationType type) => type switch
    {
        VpcVirtualizationType.Fnn => "FNN",
        VpcVirtualizationType.Flat => "FLAT",
        VpcVirtualizationType.EthernetVirtualizerWithNvue => "ETHERNET_VIRTUALIZER_WITH_NVUE",
        VpcVirtualizationType.FnnClassic => "FNN_CLASSIC",
        VpcVirtualizationType.FnnL3 => "FNN_L3",
        _ => "ETHERNET_VIRTUALIZER",
    };
}
