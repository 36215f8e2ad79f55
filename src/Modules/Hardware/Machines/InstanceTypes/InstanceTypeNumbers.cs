using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines.GetInstanceTypeStats;
using Nico.SharedKernel.Data;

namespace Nico.Hardware.Machines.InstanceTypes;

/// <summary>
/// The machines of a site's instance types: assigned, promised and used, in a fixed number of statements. Source:
/// spec/41-machine.md, section 10; spec/10-identity.md, section 5.3.
/// </summary>
internal sealed class InstanceTypeNumbers
{
    private readonly ILookup<Guid, Assigned> _assigned;
    private readonly ILookup<Guid, Used> _used;
    private readonly ILookup<(Guid TypeId, Guid TenantId), Used> _usedByTenant;
    private readonly ILookup<Guid, InstanceTypePromise> _promises;
    private readonly ILookup<(Guid TypeId, Guid TenantId), InstanceTypePromise> _promisesToTenant;
    private readonly Dictionary<Guid, int> _maxAllocatable;

    private InstanceTypeNumbers(
        IReadOnlyList<InstanceTypeSummary> types, IReadOnlyList<InstanceTypePromise> promises, IReadOnlyList<Assigned> assigned, IReadOnlyList<Used> used)
    {
        Types = types;
        _assigned = assigned.ToLookup(count => count.InstanceTypeId);
        _used = used.ToLookup(count => count.InstanceTypeId);
        _usedByTenant = used.ToLookup(count => (count.InstanceTypeId, count.TenantId));
        _promises = promises.ToLookup(promise => promise.InstanceTypeId);
        _promisesToTenant = promises.ToLookup(promise => (promise.InstanceTypeId, promise.TenantId));
        _maxAllocatable = types.ToDictionary(
            type => type.Id, type => Math.Max(0, AssignedOf(type.Id).Ready - (AllocatedOf(type.Id) - UsedOf(type.Id).Total)));
    }

    /// <summary>The site's instance types, by name.</summary>
    public IReadOnlyList<InstanceTypeSummary> Types { get; }

    /// <summary>The tenants that something is promised to.</summary>
    public IEnumerable<Guid> Tenants => _promises.SelectMany(promises => promises).Select(promise => promise.TenantId).Distinct();

    public static async Task<InstanceTypeNumbers> Of(Guid siteId, Db db, IInstanceTypes types, CancellationToken ct)
    {
        var all = await types.AtSite(siteId, ct);
        var promises = await types.Promises(siteId, ct);
        var uses = await types.Uses(siteId, ct);
        var assigned = await db.Many<Assigned>(Sql.Of<InstanceTypeNumbers>("AssignedByStatus"), new { siteId }, ct);
        var args = new
        {
            numbers = uses.SelectMany((use, number) => Enumerable.Repeat(number, use.InstanceIds.Length)).ToArray(),
            instanceIds = uses.SelectMany(use => use.InstanceIds).ToArray(),
        };
        var used = await db.Many<(int Number, string Status, int Machines)>(Sql.Of<InstanceTypeNumbers>("UsedByStatus"), args, ct);
        return new(
            all,
            promises,
            assigned,
            [.. used.Select(count => new Used(uses[count.Number].InstanceTypeId, uses[count.Number].TenantId, count.Status, count.Machines))]);
    }

    public MachineStatusBreakdown AssignedOf(Guid typeId) => Breakdown(_assigned[typeId].Select(count => (count.Status, count.Machines)));

    public MachineStatusBreakdown UsedOf(Guid typeId) => Breakdown(_used[typeId].Select(count => (count.Status, count.Machines)));

    public int AllocatedOf(Guid typeId) => _promises[typeId].Sum(promise => promise.Machines);

    /// <summary>Ready machines that no promise still counts on.</summary>
    public int MaxAllocatableOf(Guid typeId) => _maxAllocatable[typeId];

    /// <summary>The tenants to whom some of the type is promised.</summary>
    public IEnumerable<Guid> TenantsOf(Guid typeId) => _promises[typeId].Select(promise => promise.TenantId).Distinct();

    /// <summary>What the tenant has of the type, under an id and a name that tell which of the two the answer is about.</summary>
    public InstanceTypeStats Of(Guid typeId, Guid tenantId, Guid id, string name)
    {
        var theirs = _promisesToTenant[(typeId, tenantId)].ToArray();
        return new InstanceTypeStats
        {
            Id = id,
            Name = name,
            Allocated = theirs.Sum(promise => promise.Machines),
            UsedMachineStats = Breakdown(_usedByTenant[(typeId, tenantId)].Select(count => (count.Status, count.Machines))),
            MaxAllocatable = MaxAllocatableOf(typeId),
            Allocations = [.. theirs.Select(promise => new AllocationStats { Id = promise.AllocationId, Name = promise.AllocationName, Total = promise.Machines })],
        };
    }

    private static MachineStatusBreakdown Breakdown(IEnumerable<(string Status, int Machines)> counts) =>
        MachineStatusBreakdown.Of(counts.Select(count => (Enum.Parse<MachineStatus>(count.Status), count.Machines)));

    private sealed record Assigned(Guid InstanceTypeId, string Status, int Machines);

    private sealed record Used(Guid InstanceTypeId, Guid TenantId, string Status, int Machines);
}
