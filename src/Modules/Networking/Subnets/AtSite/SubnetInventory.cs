using Nico.Networking.Carving;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.Subnets.AtSite;

/// <summary>What sites report of subnets. Source: spec/60-site-link.md, section 8.4.</summary>
internal sealed class SubnetInventory(SubnetAtSite subnets, TimeProvider clock) : SiteResourceInventory<NetworkSegment>(subnets, clock)
{
    public const int LargestMtu = 65_535;

    /// <summary>Ranges of one segment that are kept.</summary>
    private const int MostRanges = 16;

    public override InventoryPart Part => InventoryPart.Subnets;

    protected override SiteQuery Everything => new("FindNetworkSegmentIds", new NetworkSegmentSearchFilter());

    public override async Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<NetworkSegment> page, CancellationToken ct)
    {
        var statuses = page.Items.Select(segment => SubnetAtSite.StatusOf(segment.Item.State)).ToArray();
        var now = Now;
        var changed = await db.Many<Changed>(
            Sql.Of<SubnetInventory>("ApplySubnets"),
            new
            {
                siteId = page.SiteId,
                fence = page.Fence,
                now,
                ids = page.Items.Select(segment => segment.Uuid).ToArray(),
                statuses = statuses.Select(s => s?.Status.ToString()).ToArray(),
                messages = statuses.Select(s => s?.Message).ToArray(),
                mtus = page.Items.Select(segment => segment.Item.HasMtu ? segment.Number("mtu", segment.Item.Mtu, LargestMtu) : null).ToArray(),
            },
            ct);
        await NetworkingModule.SubnetHistory.AppendAll(
            db, [.. changed.Where(c => c.IsNews).Select(c => new StatusChange(c.Id.ToString(), c.Status, c.Message))], now, ct);
        Guid[] ids = [.. page.Items.Select(segment => segment.Uuid)];
        await OccupiedRanges.Follow(
            db,
            page.SiteId,
            Kind,
            ids,
            page.Items.SelectMany(segment => segment.Item.Prefixes.Take(MostRanges).Select(prefix => (segment.Uuid, OccupiedRanges.Of(prefix.Prefix)))),
            ct);
        var reported = page.Items.ToDictionary(segment => segment.Id, segment => segment.Item);
        return await subnets.Foreign(
            db,
            page.SiteId,
            ids,
            id => $"{reported[id].Name}, {string.Join(" and ", reported[id].Prefixes.Take(MostRanges).Select(prefix => prefix.Prefix))}",
            ct);
    }

    public override Task Vanished(Db db, Guid siteId, string[] present, CancellationToken ct) => OccupiedRanges.Vanished(db, siteId, Kind, present, ct);

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) => new(
        "FindNetworkSegmentsByIds", new NetworkSegmentsByIdsRequest { NetworkSegmentsIds = { ids.Select(id => new NetworkSegmentId { Value = id }) } });

    private sealed record Changed(Guid Id, string Status, string Message, bool IsNews);
}
