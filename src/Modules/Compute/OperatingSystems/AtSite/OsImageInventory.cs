using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Compute.OperatingSystems.AtSite;

/// <summary>What sites report of images. Controllers list them whole, so each chunk is a list again. Source: spec/60-site-link.md, section 8.6.</summary>
internal sealed class OsImageInventory(ISiteCommands commands, TimeProvider clock) : SiteInventory<OsImage>
{
    /// <summary>How long an image may be reported after its site took its deletion; then it is the site's, and shown as drift.</summary>
    private static readonly TimeSpan _deletionLimit = TimeSpan.FromHours(1);

    private static readonly TimeSpan _pushWindow = TimeSpan.FromMinutes(10);

    public override string Kind => OsImageAtSite.Kind;

    public override InventoryPart Part => InventoryPart.OsImages;

    public override bool IsListedWhole => true;

    protected override SiteQuery Everything => new("ListOsImage", new ListOsImageRequest());

    public override async Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<OsImage> page, CancellationToken ct)
    {
        var reported = page.Items.ToDictionary(image => image.Uuid, image => image.Item);
        var now = clock.Now();

        // A status that is not known here says nothing.
        var told = page.Items.Where(image => !image.Lacks("status")).ToArray();
        var args = new
        {
            siteId = page.SiteId,
            fence = page.Fence,
            now,
            ids = told.Select(image => image.Uuid).ToArray(),
            statuses = told.Select(image => OsImageAtSite.StatusOf(image.Item).ToString()).ToArray(),
        };
        if ((await db.Many<Guid>(Sql.Of<OsImageInventory>("LockChanged"), args, ct)).Count > 0)
        {
            var changed = await db.Many<Guid>(Sql.Of<OsImageInventory>("ApplyImages"), args, ct);
            await OperatingSystemStatuses.Settle(
                db, changed, now, ct, id => reported[id].Status == OsImageStatus.ImageFailed ? OsImageAtSite.ReasonOf(reported[id]) : null);
        }

        var drifted = await CorrectDrift(db, page, reported, now, ct);
        var unknown = await db.Many<(Guid Id, Guid? Owner)>(
            Sql.Of<OsImageInventory>("UnknownImages"), new { page.SiteId, ids = reported.Keys.ToArray() }, ct);
        return
        [
            .. unknown.Select(image => image.Owner is { } owner
                ? Drift.Elsewhere(image.Id.ToString(), owner)
                : Drift.Unknown(image.Id.ToString(), $"{reported[image.Id].Attributes?.Name} of org {reported[image.Id].Attributes?.TenantOrganizationId}")),
            .. drifted.Select(id => Drift.Differs(id.ToString())),
        ];
    }

    public override async Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        await db.Many<AbsentObject>(Sql.Of<OsImageInventory>("AbsentImages"), new { siteId, present, fence, limit = _deletionLimit }, ct);

    public override async Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct)
    {
        var now = clock.Now();
        var args = new { siteId, ids = ids.Select(Guid.Parse).ToArray(), fence, now };
        await db.Execute("select id from compute.operating_system where id = any(@ids) order by id for update", args, ct);
        await OsImageAtSite.Gone(db, siteId, await db.Many<Guid>(Sql.Of<OsImageInventory>("RemovableImages"), args, ct), now, ct);
        await OperatingSystemStatuses.Settle(
            db, await db.Many<Guid>(Sql.Of<OsImageInventory>("MarkMissing"), args, ct), now, ct, _ => "The image is missing at its site");
    }

    /// <summary>
    /// Tells the site again what its images are called where it has something else: Nico's word counts. Three times in ten minutes an
    /// image, then it is reported instead; the ids of those.
    /// </summary>
    private async Task<IEnumerable<Guid>> CorrectDrift(
        Db db, InventoryPage<OsImage> page, Dictionary<Guid, OsImage> reported, DateTime now, CancellationToken ct)
    {
        var known = await db.Many<Named>(
            Sql.Of<OsImageInventory>("ComparableImages"), new { siteId = page.SiteId, ids = reported.Keys.ToArray(), fence = page.Fence }, ct);
        var drifted = known.Where(image => image.IsAnotherThan(reported[image.Id].Attributes)).Select(image => image.Id).ToArray();
        if (drifted.Length == 0)
        {
            return [];
        }

        var pushed = await db.Many<Guid>(
            Sql.Of<OsImageInventory>("CountPushes"),
            new { siteId = page.SiteId, ids = drifted, fence = page.Fence, now, since = now - _pushWindow },
            ct);
        foreach (var id in pushed)
        {
            await commands.EnqueueInBackground(OsImageAtSite.Update(id, page.SiteId, null), ct);
        }

        return drifted.Except(pushed);
    }

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) => Everything;

    private sealed record Named(Guid Id, string Name, string? Description)
    {
        public bool IsAnotherThan(OsImageAttributes has) => has.Name != Name || has.Description != (Description ?? "");
    }
}
