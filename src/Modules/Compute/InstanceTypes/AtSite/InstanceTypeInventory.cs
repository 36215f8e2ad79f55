using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Forge;
using Reported = Nico.SiteProtocol.Forge.InstanceType;

namespace Nico.Compute.InstanceTypes.AtSite;

/// <summary>
/// What sites report of instance types. One that was made at the site is taken over; what was changed there counts, by its version.
/// Source: spec/31-instance-type.md, section 9; spec/60-site-link.md, section 8.9.
/// </summary>
internal sealed class InstanceTypeInventory(InstanceTypeAtSite types, ISites sites, TimeProvider clock)
    : SiteResourceInventory<Reported>(types, clock)
{
    public override InventoryPart Part => InventoryPart.InstanceTypes;

    protected override SiteQuery Everything => new("FindInstanceTypeIds", new FindInstanceTypeIdsRequest());

    public override async Task<IReadOnlyList<Drift>> Apply(Db db, InventoryPage<Reported> page, CancellationToken ct)
    {
        if (await sites.Find(page.SiteId, ct) is not { } site)
        {
            return [];
        }

        var now = Now;
        List<Drift> drift = [];
        var ids = page.Items.Select(type => type.Uuid).ToArray();
        await db.Many<Guid>(Sql.Of<InstanceTypeInventory>("LockReported"), new { ids }, ct);
        var known = (await db.Many<Known>(Sql.Of<InstanceTypeInventory>("KnownInstanceTypes"), new { ids }, ct)).ToDictionary(type => type.Id);
        var room = page.Items.All(type => known.ContainsKey(type.Uuid))
            ? 0
            : page.Most - await db.One<int>("select count(*)::integer from compute.instance_type where site_id = @SiteId", new { page.SiteId }, ct);
        foreach (var type in page.Items)
        {
            if (known.TryGetValue(type.Uuid, out var row))
            {
                if (row.SiteId is { } owner && owner != site.Id)
                {
                    drift.Add(Drift.Elsewhere(type.Id, owner));
                }
                else if (row.SiteId != site.Id || !await Follow(db, row, type, page.Fence, now, ct))
                {
                    drift.Add(row.IsRemoved ? Drift.Unknown(type.Id) : Drift.Differs(type.Id, "What the site has cannot be taken over"));
                }
            }
            else if (room <= 0)
            {
                drift.Add(Drift.TooMany(type.Id, page.Most));
            }
            else if (await Adopt(db, site, type, page.Fence, now, "Instance type was made at its site", ct))
            {
                room--;
            }
            else
            {
                drift.Add(Drift.Unknown(type.Id, $"{type.Item.Metadata?.Name}; its name or id is taken, or what it is made of makes no sense here"));
            }
        }

        var here = known.Values.Where(row => row.SiteId == site.Id && row.Status != InstanceTypeStatus.Deleting && row.Touched < page.Fence).Select(row => row.Id).ToArray();
        var back = (await db.Many<Guid?>(Sql.Of<InstanceTypeInventory>("SeenInstanceTypes"), new { ids = here, now }, ct)).OfType<Guid>();
        await ComputeModule.InstanceTypeHistory.AppendAll(
            db, [.. back.Select(id => new StatusChange(id.ToString(), nameof(InstanceTypeStatus.Ready), "The site reports the instance type again"))], now, ct);
        return drift;
    }

    public override async Task Forget(Db db, Guid siteId, DateTime before, CancellationToken ct) => await types.Remove(
        db, await db.Many<Guid>(Sql.Of<InstanceTypeInventory>("ForgettableInstanceTypes"), new { siteId, before }, ct), Now, ct);

    protected override SiteQuery ByIds(IReadOnlyList<string> ids) =>
        new("FindInstanceTypesByIds", new FindInstanceTypesByIdsRequest { InstanceTypeIds = { ids } });

    /// <summary>The site's word counts where its version is news; false where it cannot be followed.</summary>
    private static async Task<bool> Follow(Db db, Known row, Report<Reported> reported, DateTime fence, DateTime now, CancellationToken ct)
    {
        if (row.IsRemoved)
        {
            // Deleted here, and kept by a site that lets nobody delete: it stays deleted.
            return false;
        }

        if (row.Version == reported.Item.Version || row.IsChanging || row.Status == InstanceTypeStatus.Deleting || row.Touched >= fence)
        {
            return true;
        }

        if (Values(reported, now) is not { } values || !await db.Claims(Sql.Of<InstanceTypeInventory>("FollowInstanceType"), values, ct))
        {
            return false;
        }

        if (reported.Item.Metadata.Name != row.Name)
        {
            await InstanceTypeRows.Renamed(db, row.Id, reported.Item.Metadata.Name, ct);
        }

        return true;
    }

    /// <summary>Takes over what was made at the site; false when it cannot be.</summary>
    public static async Task<bool> Adopt(
        Db db, SiteRef site, Report<Reported> reported, DateTime fence, DateTime now, string message, CancellationToken ct)
    {
        if (Values(reported, now) is not { } values)
        {
            return false;
        }

        values.Add("providerId", site.InfrastructureProviderId);
        values.Add("siteId", site.Id);
        values.Add("fence", fence);
        if (await db.Execute(Sql.Of<InstanceTypeInventory>("AdoptInstanceType"), values, ct) == 0)
        {
            return false;
        }

        await ComputeModule.InstanceTypeHistory.Append(db, reported.Uuid, nameof(InstanceTypeStatus.Ready), message, now, ct);
        return true;
    }

    private static Dapper.DynamicParameters? Values(Report<Reported> report, DateTime now)
    {
        // Of parts that are not known here, or of values that make no sense, nothing is taken over.
        var reported = report.Item;
        if (reported.Metadata is not { Name.Length: > 0 } metadata
            || report.Lacks("attributes")
            || InstanceTypeParts.Of(reported) is not { } capabilities)
        {
            return null;
        }

        var values = new Dapper.DynamicParameters();
        values.Add("id", report.Uuid);
        values.Add("name", SiteText.Of(metadata.Name, 256));
        values.Add("description", SiteText.Of(metadata.Description, 1024));
        values.Add("labels", metadata.Labels.GroupBy(label => SiteText.Of(label.Key, 255)).ToDictionary(same => SiteText.Of(same.Key, 255), same => SiteText.Of(same.First().Value ?? "", 255)));
        values.Add("capabilities", capabilities);
        values.Add("version", reported.Version);
        values.Add("now", now);
        return values;
    }

    private sealed record Known
    {
        public Guid Id { get; init; }

        public required string Name { get; init; }

        public Guid? SiteId { get; init; }

        public InstanceTypeStatus Status { get; init; }

        public required string Version { get; init; }

        public bool IsChanging { get; init; }

        public DateTime Touched { get; init; }

        public bool IsRemoved { get; init; }
    }
}
