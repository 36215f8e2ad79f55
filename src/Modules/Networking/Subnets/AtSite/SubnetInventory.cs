using Nico.Networking.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.Subnets.AtSite;

/// <summary>What sites report of subnets. Source: spec/60-site-link.md, section 8.4.</summary>
internal sealed class SubnetInventory(TimeProvider clock) : SiteInventory<NetworkSegment>
{
    private static SiteObjects Objects => SubnetAtSite.Objects;

    public override string Kind => SubnetAtSite.Kind;

    public override InventoryOrder Order => InventoryOrder.VpcNetworks;

    public override async Task<IReadOnlyList<string>> Ids(Forge.ForgeClient core, CancellationToken ct) =>
        [.. (await core.FindNetworkSegmentIdsAsync(new NetworkSegmentSearchFilter(), cancellationToken: ct)).NetworkSegmentsIds.Select(id => id.Value)];

    public override async Task<IReadOnlyList<NetworkSegment>> ByIds(Forge.ForgeClient core, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var request = new NetworkSegmentsByIdsRequest();
        request.NetworkSegmentsIds.AddRange(ids.Select(id => new NetworkSegmentId { Value = id }));
        return (await core.FindNetworkSegmentsByIdsAsync(request, cancellationToken: ct)).NetworkSegments;
    }

    public override async Task<IReadOnlyList<string>> Apply(Db db, InventoryPage<NetworkSegment> page, CancellationToken ct)
    {
        var reported = page.Items.Where(segment => Guid.TryParse(segment.Id?.Value, out _)).DistinctBy(segment => segment.Id.Value).ToArray();
        var statuses = reported.Select(segment => SubnetAtSite.StatusOf(segment.State)).ToArray();
        var now = clock.Now();
        var changed = await db.Many<Changed>(
            Sql.Of<SubnetInventory>("ApplySubnets"),
            new
            {
                siteId = page.SiteId,
                fence = page.Fence,
                now,
                ids = reported.Select(segment => Guid.Parse(segment.Id.Value)).ToArray(),
                statuses = statuses.Select(s => s.Status.ToString()).ToArray(),
                messages = statuses.Select(s => s.Message).ToArray(),
                mtus = reported.Select(segment => segment.HasMtu ? (int?)segment.Mtu : null).ToArray(),
            },
            ct);
        await NetworkingModule.SubnetHistory.AppendAll(
            db, [.. changed.Where(c => c.IsNews).Select(c => new StatusChange(c.Id.ToString(), c.Status, c.Message))], now, ct);
        return await Objects.Unknown(db, reported.Select(segment => segment.Id.Value), ct);
    }

    public override Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        Objects.Absent(db, siteId, present, fence, ct);

    public override Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct) =>
        Objects.Gone(db, siteId, ids, fence, clock.Now(), ct);

    private sealed record Changed(Guid Id, string Status, string Message, bool IsNews);
}
