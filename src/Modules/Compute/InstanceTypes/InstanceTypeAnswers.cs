using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.InstanceTypes;

/// <summary>What is shown of instance types beside their rows.</summary>
internal sealed record InstanceTypeView
{
    public IReadOnlyList<InstanceTypeRelation> Relations { get; init; } = [];

    /// <summary>The provider to whose instance types the machines are shown; null to show none.</summary>
    public Guid? MachinesFor { get; init; }

    /// <summary>True to show what is promised and used.</summary>
    public bool Stats { get; init; }

    /// <summary>The tenant whose numbers these are; null for those of all tenants.</summary>
    public Guid? StatsOf { get; init; }

    public int Entries { get; init; } = StatusHistory.Shown;
}

/// <summary>Rows of instance types as answers: a fixed number of statements whatever their number.</summary>
internal sealed class InstanceTypeAnswers(Db db, IInstanceTypeMachines machines, ISites sites, IOrganizations organizations)
{
    public async Task<IReadOnlyList<InstanceTypeResponse>> Of(IReadOnlyList<InstanceType> types, InstanceTypeView view, CancellationToken ct)
    {
        if (types.Count == 0)
        {
            return [];
        }

        var places = view.Relations.Has(InstanceTypeRelation.Site) ? await sites.Summaries(types.Ids(type => type.SiteId), ct) : null;
        var providers = view.Relations.Has(InstanceTypeRelation.InfrastructureProvider)
            ? await organizations.Providers(types.Ids(type => type.InfrastructureProviderId), ct)
            : null;
        var owned = view.MachinesFor is { } provider ? types.Where(type => type.InfrastructureProviderId == provider).Ids(type => type.Id) : [];
        var theirs = owned.Length > 0 ? await machines.Of(owned, ct) : null;
        var stats = view.Stats ? await Stats(types.Ids(type => type.Id), view.StatsOf, ct) : null;
        return
        [
            .. types.Select(type => new InstanceTypeResponse
            {
                Id = type.Id,
                Name = type.Name,
                Description = type.Description,
                ControllerMachineType = type.ControllerMachineType,
                InfrastructureProviderId = type.InfrastructureProviderId,
                InfrastructureProvider = providers?.GetValueOrDefault(type.InfrastructureProviderId),
                SiteId = type.SiteId,
                Site = places?.GetValueOrDefault(type.SiteId),
                Labels = type.Labels,
                MachineCapabilities = [.. type.Capabilities.Select(InstanceTypeCapability.Of)],
                MachineInstanceTypes = owned.Contains(type.Id) ? [.. theirs![type.Id].Select(MachineInstanceType.Of)] : null,
                AllocationStats = stats?[type.Id],
                Status = type.Status,
                StatusHistory = type.History,
                Created = type.Created,
                Updated = type.Updated,
            }),
        ];
    }

    /// <summary>Source: spec/31-instance-type.md, section 5.</summary>
    private async Task<Dictionary<Guid, InstanceTypeAllocationStats>> Stats(Guid[] ids, Guid? tenantId, CancellationToken ct)
    {
        var counts = await machines.Counts(ids, ct);
        var promised = await db.Many<Promised>(Sql.Of<InstanceTypeAnswers>("AllocationStats"), new { ids, tenantId }, ct);
        return promised.ToDictionary(type => type.Id, type =>
        {
            var (assigned, free) = counts.TryGetValue(type.Id, out var count) ? (count.Assigned, count.Free) : (0, 0);
            var unused = type.Total - type.Used;
            return new InstanceTypeAllocationStats
            {
                Assigned = assigned,
                Total = type.Total,
                Used = type.Used,
                Unused = unused,
                UnusedUsable = Math.Min(free, unused),
                MaxAllocatable = tenantId is null && assigned >= type.Total ? assigned - type.Total : null,
            };
        });
    }

    private sealed record Promised(Guid Id, int Total, int Used);
}
