using Nico.Compute.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Compute.InstanceTypes.Use;

internal sealed class InstanceTypes(Db db) : IInstanceTypes
{
    private const string Summary = "select id, name, infrastructure_provider_id, site_id, status from compute.instance_type ";

    public async Task<IReadOnlyDictionary<Guid, InstanceTypeSummary>> Summaries(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        ids.Count == 0
            ? new Dictionary<Guid, InstanceTypeSummary>()
            : (await db.Many<InstanceTypeSummary>(Summary + "where id = any(@ids)", new { ids }, ct)).ToDictionary(type => type.Id);

    public async Task<IReadOnlyList<InstanceTypeSummary>> AtSite(Guid siteId, CancellationToken ct) =>
        await db.Many<InstanceTypeSummary>(Summary + "where site_id = @siteId order by name, id", new { siteId }, ct);

    public async Task<IReadOnlyDictionary<Guid, LockedInstanceType>> Lock(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var rows = await db.Many<Row>(Sql.Of<InstanceTypes>("LockInstanceTypes"), new { ids }, ct);

        // A statement of its own, so that it sees what those did who held the locks before.
        var allocated = rows.Count == 0
            ? []
            : (await db.Many<(Guid Id, int Machines)>(Sql.Of<InstanceTypes>("Allocated"), new { ids }, ct)).ToDictionary(type => type.Id, type => type.Machines);
        return rows.ToDictionary(row => row.Id, row => new LockedInstanceType
        {
            Id = row.Id,
            InfrastructureProviderId = row.InfrastructureProviderId,
            SiteId = row.SiteId,
            Status = row.Status,
            Allocated = allocated.GetValueOrDefault(row.Id),
            Parts = [.. row.Capabilities.Select(part => part.ToRequired())],
        });
    }

    public async Task<IReadOnlyList<InstanceTypePromise>> Promises(Guid siteId, CancellationToken ct) =>
        await db.Many<InstanceTypePromise>(Sql.Of<InstanceTypes>("Promises"), new { siteId }, ct);

    public async Task<IReadOnlyDictionary<Guid, int>> PromisedAt(IReadOnlyCollection<Guid> siteIds, CancellationToken ct) =>
        siteIds.Count == 0
            ? new Dictionary<Guid, int>()
            : (await db.Many<(Guid SiteId, int Machines)>(Sql.Of<InstanceTypes>("PromisedAt"), new { siteIds }, ct))
                .ToDictionary(site => site.SiteId, site => site.Machines);

    public async Task<IReadOnlyList<InstanceTypeUse>> Uses(Guid siteId, CancellationToken ct) =>
        await db.Many<InstanceTypeUse>(Sql.Of<InstanceTypes>("Uses"), new { siteId }, ct);

    private sealed record Row
    {
        public Guid Id { get; init; }

        public Guid InfrastructureProviderId { get; init; }

        public Guid SiteId { get; init; }

        public InstanceTypeStatus Status { get; init; }

        public required InstanceTypeCapabilities Capabilities { get; init; }
    }
}
