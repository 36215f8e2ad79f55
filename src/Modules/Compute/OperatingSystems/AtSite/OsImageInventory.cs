using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Compute.OperatingSystems.AtSite;

/// <summary>What sites report of images. Controllers list them whole, so each chunk is a list again. Source: spec/60-site-link.md, section 8.6.</summary>
internal sealed class OsImageInventory(TimeProvider clock) : SiteInventory<OsImage>
{
    public override string Kind => OsImageAtSite.Kind;

    public override InventoryOrder Order => InventoryOrder.OsImages;

    public override async Task<IReadOnlyList<string>> Ids(Forge.ForgeClient core, CancellationToken ct) =>
        [.. (await List(core, ct)).Select(image => IdOf(image) ?? "")];

    public override async Task<IReadOnlyList<OsImage>> ByIds(Forge.ForgeClient core, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var wanted = ids.ToHashSet();
        return [.. (await List(core, ct)).Where(image => IdOf(image) is { } id && wanted.Contains(id))];
    }

    public override async Task<IReadOnlyList<string>> Apply(Db db, InventoryPage<OsImage> page, CancellationToken ct)
    {
        var reported = page.Items.Where(image => Guid.TryParse(IdOf(image), out _)).DistinctBy(IdOf).ToDictionary(image => Guid.Parse(IdOf(image)!));
        var now = clock.Now();
        var args = new
        {
            siteId = page.SiteId,
            fence = page.Fence,
            now,
            ids = reported.Keys.ToArray(),
            statuses = reported.Values.Select(image => OsImageAtSite.StatusOf(image).ToString()).ToArray(),
        };
        if ((await db.Many<Guid>(Sql.Of<OsImageInventory>("LockChanged"), args, ct)).Count > 0)
        {
            var changed = await db.Many<Guid>(Sql.Of<OsImageInventory>("ApplyImages"), args, ct);
            await OperatingSystemStatuses.Settle(
                db, changed, now, ct, id => reported[id].Status == OsImageStatus.ImageFailed ? OsImageAtSite.ReasonOf(reported[id]) : null);
        }

        return [.. (await db.Many<Guid>(Sql.Of<OsImageInventory>("UnknownImages"), args, ct)).Select(id => id.ToString())];
    }

    public override async Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        await db.Many<AbsentObject>(Sql.Of<OsImageInventory>("AbsentImages"), new { siteId, present, fence }, ct);

    public override async Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct)
    {
        var now = clock.Now();
        var args = new { siteId, ids = ids.Select(Guid.Parse).ToArray(), fence, now };
        await db.Execute("select id from compute.operating_system where id = any(@ids) order by id for update", args, ct);
        await OsImageAtSite.Gone(db, siteId, await db.Many<Guid>(Sql.Of<OsImageInventory>("RemovableImages"), args, ct), now, ct);
        await OperatingSystemStatuses.Settle(
            db, await db.Many<Guid>(Sql.Of<OsImageInventory>("MarkMissing"), args, ct), now, ct, _ => "The image is missing at its site");
    }

    protected override string? IdOf(OsImage item) => item.Attributes?.Id?.Value is { Length: > 0 } id ? id : null;

    private static async Task<IReadOnlyList<OsImage>> List(Forge.ForgeClient core, CancellationToken ct) =>
        (await core.ListOsImageAsync(new ListOsImageRequest(), cancellationToken: ct)).Images;
}
