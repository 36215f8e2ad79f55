using Nico.Networking.AtSite;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.VpcPrefixes.AtSite;

/// <summary>What sites report of VPC prefixes. Source: spec/60-site-link.md, section 8.3.</summary>
internal sealed class VpcPrefixInventory(TimeProvider clock) : SiteInventory<SiteProtocol.Forge.VpcPrefix>
{
    private static SiteObjects Objects => VpcPrefixAtSite.Objects;

    public override string Kind => VpcPrefixAtSite.Kind;

    public override InventoryOrder Order => InventoryOrder.VpcNetworks;

    public override async Task<IReadOnlyList<string>> Ids(Forge.ForgeClient core, CancellationToken ct) =>
        [.. (await core.SearchVpcPrefixesAsync(new VpcPrefixSearchQuery(), cancellationToken: ct)).VpcPrefixIds.Select(id => id.Value)];

    public override async Task<IReadOnlyList<SiteProtocol.Forge.VpcPrefix>> ByIds(
        Forge.ForgeClient core, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var request = new VpcPrefixGetRequest();
        request.VpcPrefixIds.AddRange(ids.Select(id => new VpcPrefixId { Value = id }));
        return (await core.GetVpcPrefixesAsync(request, cancellationToken: ct)).VpcPrefixes;
    }

    public override async Task<IReadOnlyList<string>> Apply(Db db, InventoryPage<SiteProtocol.Forge.VpcPrefix> page, CancellationToken ct)
    {
        var ids = page.Items.Select(prefix => prefix.Id?.Value).Where(id => Guid.TryParse(id, out _)).Select(id => id!).Distinct().ToArray();
        var now = clock.Now();
        var ready = await db.Many<Guid?>(
            Sql.Of<VpcPrefixInventory>("ApplyVpcPrefixes"),
            new { siteId = page.SiteId, fence = page.Fence, now, ids = ids.Select(Guid.Parse).ToArray() },
            ct);
        await NetworkingModule.VpcPrefixHistory.AppendAll(
            db,
            [.. ready.OfType<Guid>().Select(id => new StatusChange(id.ToString(), nameof(VpcPrefixStatus.Ready), "VPC prefix was found at its site again"))],
            now,
            ct);
        return await Objects.Unknown(db, ids, ct);
    }

    public override Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        Objects.Absent(db, siteId, present, fence, ct);

    public override Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct) =>
        Objects.Gone(db, siteId, ids, fence, clock.Now(), ct);
}
