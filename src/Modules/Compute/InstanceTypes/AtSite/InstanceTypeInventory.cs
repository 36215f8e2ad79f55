using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;
using Reported = Nico.SiteProtocol.Forge.InstanceType;

namespace Nico.Compute.InstanceTypes.AtSite;

/// <summary>
/// What sites report of instance types. One that was made at the site is taken over; what was changed there counts, by its version.
/// Source: spec/31-instance-type.md, section 9; spec/60-site-link.md, section 8.9.
/// </summary>
internal sealed class InstanceTypeInventory(ISites sites, IInstanceTypeMachines machines, TimeProvider clock) : SiteInventory<Reported>
{
    public override string Kind => InstanceTypeAtSite.Kind;

    public override InventoryOrder Order => InventoryOrder.InstanceTypes;

    public override async Task<IReadOnlyList<string>> Ids(Forge.ForgeClient core, CancellationToken ct) =>
        (await core.FindInstanceTypeIdsAsync(new FindInstanceTypeIdsRequest(), cancellationToken: ct)).InstanceTypeIds;

    public override async Task<IReadOnlyList<Reported>> ByIds(Forge.ForgeClient core, IReadOnlyList<string> ids, CancellationToken ct) =>
        (await core.FindInstanceTypesByIdsAsync(new FindInstanceTypesByIdsRequest { InstanceTypeIds = { ids } }, cancellationToken: ct)).InstanceTypes;

    public override async Task<IReadOnlyList<string>> Apply(Db db, InventoryPage<Reported> page, CancellationToken ct)
    {
        if (await sites.Find(page.SiteId, ct) is not { } site)
        {
            return [];
        }

        var now = clock.Now();
        var drift = page.Items.Where(type => !Guid.TryParseExact(type.Id, "D", out _)).Select(type => type.Id).ToList();
        var reported = page.Items.Where(type => Guid.TryParseExact(type.Id, "D", out _)).DistinctBy(type => Guid.Parse(type.Id)).ToArray();
        var ids = reported.Select(type => Guid.Parse(type.Id)).ToArray();
        await db.Many<Guid>(Sql.Of<InstanceTypeInventory>("LockReported"), new { ids }, ct);
        var known = (await db.Many<Known>(Sql.Of<InstanceTypeInventory>("KnownInstanceTypes"), new { ids }, ct)).ToDictionary(type => type.Id);
        foreach (var type in reported)
        {
            var id = Guid.Parse(type.Id);
            var isFine = known.TryGetValue(id, out var row)
                ? row.SiteId == site.Id && await Follow(db, row, type, page.Fence, now, ct)
                : await Adopt(db, site, id, type, page.Fence, now, ct);
            if (!isFine)
            {
                drift.Add(type.Id);
            }
        }

        var here = known.Values.Where(row => row.SiteId == site.Id && row.Status != InstanceTypeStatus.Deleting && row.Touched < page.Fence).Select(row => row.Id).ToArray();
        var back = (await db.Many<Guid?>(Sql.Of<InstanceTypeInventory>("SeenInstanceTypes"), new { ids = here, now }, ct)).OfType<Guid>();
        await ComputeModule.InstanceTypeHistory.AppendAll(
            db, [.. back.Select(id => new StatusChange(id.ToString(), nameof(InstanceTypeStatus.Ready), "The site reports the instance type again"))], now, ct);
        return drift;
    }

    public override async Task<IReadOnlyList<AbsentObject>> Absent(Db db, Guid siteId, string[] present, DateTime fence, CancellationToken ct) =>
        await db.Many<AbsentObject>(Sql.Of<InstanceTypeInventory>("AbsentInstanceTypes"), new { siteId, present, fence }, ct);

    public override async Task Gone(Db db, Guid siteId, string[] ids, DateTime fence, CancellationToken ct)
    {
        var now = clock.Now();
        var args = new { siteId, ids = ids.Select(Guid.Parse).ToArray(), fence, now };
        await InstanceTypeAtSite.Remove(db, machines, await db.Many<Guid>(Sql.Of<InstanceTypeInventory>("RemovableInstanceTypes"), args, ct), now, ct);
        var missing = await db.Many<Guid>(Sql.Of<InstanceTypeInventory>("MissingInstanceTypes"), args, ct);
        await ComputeModule.InstanceTypeHistory.AppendAll(
            db, [.. missing.Select(id => new StatusChange(id.ToString(), nameof(InstanceTypeStatus.Error), "The instance type is missing at its site"))], now, ct);
    }

    /// <summary>The site's word counts where its version is news; false where it cannot be followed.</summary>
    private static async Task<bool> Follow(Db db, Known row, Reported reported, DateTime fence, DateTime now, CancellationToken ct)
    {
        if (row.IsRemoved)
        {
            // Deleted here, and kept by a site that lets nobody delete: it stays deleted.
            return false;
        }

        if (row.Version == reported.Version || row.IsChanging || row.Status == InstanceTypeStatus.Deleting || row.Touched >= fence)
        {
            return true;
        }

        if (Values(row.Id, reported, now) is not { } values || !await db.Claims(Sql.Of<InstanceTypeInventory>("FollowInstanceType"), values, ct))
        {
            return false;
        }

        if (reported.Metadata.Name != row.Name)
        {
            await InstanceTypeRows.Renamed(db, row.Id, reported.Metadata.Name, ct);
        }

        return true;
    }

    /// <summary>Takes over what was made at the site; false when it cannot be.</summary>
    private static async Task<bool> Adopt(Db db, SiteRef site, Guid id, Reported reported, DateTime fence, DateTime now, CancellationToken ct)
    {
        if (Values(id, reported, now) is not { } values)
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

        await ComputeModule.InstanceTypeHistory.Append(db, id, nameof(InstanceTypeStatus.Ready), "Instance type was made at its site", now, ct);
        return true;
    }

    private static Dapper.DynamicParameters? Values(Guid id, Reported reported, DateTime now)
    {
        if (reported.Metadata is not { Name.Length: > 0 } metadata || InstanceTypeAtSite.Parts(reported) is not { } capabilities)
        {
            return null;
        }

        var values = new Dapper.DynamicParameters();
        values.Add("id", id);
        values.Add("name", metadata.Name);
        values.Add("description", metadata.Description);
        values.Add("labels", metadata.Labels.GroupBy(label => label.Key).ToDictionary(same => same.Key, same => same.First().Value ?? ""));
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
