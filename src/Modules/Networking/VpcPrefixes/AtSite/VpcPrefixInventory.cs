using Nico.Networking.Carving;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.VpcPrefixes.AtSite;

/// <summary>What sites report of VPC prefixes. Source: spec/60-site-link.md, section 8.3.</summary>
internal sealed class VpcPrefixInventory(VpcPrefixAtSite prefixes, TimeProvider clock)
    : SiteResourceInventory<SiteProtocol.Forge.VpcPrefix>(prefixes, clock)
{
    public override InventoryPart Part => InventoryPart.VpcPrefixes;

    protected override SiteQuery Everything => new("SearchVpcPrefixes", new VpcPrefixSearchQuery());

    public override async Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<SiteProtocol.Forge.VpcPrefix> page, CancellationToken ct)
    {
        // Each is read, so that what makes no sense of it is told.
        var ids = page.Items.Where(prefix => prefix.Item is not null).Select(prefix => prefix.Uuid).ToArray();
        var now = Now;
        var ready = await db.Many<Guid?>(Sql.Of<VpcPrefixInventory>("ApplyVpcPrefixes"), new { siteId = page.SiteId, fence = page.Fence, now, ids }, ct);
        await NetworkingModule.VpcPrefixHistory.AppendAll(
            db,
            [.. ready.OfType<Guid>().Select(id => new StatusChange(id.ToString(), nameof(VpcPrefixStatus.Ready), "VPC prefix was found at its site again"))],
            now,
            ct);
        await OccupiedRanges.Follow(
            db, page.SiteId, Kind, ids, page.Items.Select(prefix => (prefix.Uuid, OccupiedRanges.Of(RangeOf(prefix.Item)))), ct);
        var reported = page.Items.ToDictionary(prefix => prefix.Id, prefix => prefix.Item);
        return await prefixes.Foreign(db, page.SiteId, ids, id => $"{NameOf(reported[id])}, {RangeOf(reported[id])}", ct);
    }

    public override Task Vanished(Db db, Guid siteId, string[] present, CancellationToken ct) => OccupiedRanges.Vanished(db, siteId, Kind, present, ct);

    /// <summary>What a site calls a VPC prefix.</summary>
    public static string NameOf(SiteProtocol.Forge.VpcPrefix prefix) => prefix.Metadata is { Name.Length: > 0 } metadata ? metadata.Name : prefix.Name;

    /// <summary>The network with length, as a site spells it.</summary>
    public static string RangeOf(SiteProtocol.Forge.VpcPrefix prefix) => prefix.Config is { Prefix.Length: > 0 } config ? config.Prefix : prefix.Prefix;

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) =>
        new("GetVpcPrefixes", new VpcPrefixGetRequest { VpcPrefixIds = { ids.Select(id => new VpcPrefixId { Value = id }) } });
}
