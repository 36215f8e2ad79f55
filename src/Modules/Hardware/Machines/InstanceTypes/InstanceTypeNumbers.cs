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
    private readonly ILookup<Guid, InstanceTypePromise> _promises;

    private InstanceTypeNumbers(
        IReadOnlyList<InstanceTypeSummary> types, ILookup<Guid, Assigned> assigned, ILookup<Guid, Used> used, ILookup<Guid, InstanceTypePromise> promises) =>
        (Types, _assigned, _used, _promises) = (types, assigned, used, promises);

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
            typeIds = uses.Select(use => use.InstanceTypeId).ToArray(),
            tenantIds = uses.Select(use => use.TenantId).ToArray(),
            machineIds = uses.Select(use => use.MachineId).ToArray(),
        };
        var used = await db.Many<Used>(Sql.Of<InstanceTypeNumbers>("UsedByStatus"), args, ct);
        return new(
            all,
            assigned.ToLookup(count => count.InstanceTypeId),
            used.ToLookup(count => count.InstanceTypeId),
            promises.ToLookup(promise => promise.InstanceTypeId));
    }

    public MachineStatusBreakdown AssignedOf(Guid typeId) =>
        MachineStatusBreakdown.Of(_assigned[typeId].Select(count => (Enum.Parse<MachineStatus>(count.Status), count.Machines)));

    public MachineStatusBreakdown UsedOf(Guid typeId, Guid? tenantId = null) => MachineStatusBreakdown.Of(_used[typeId]
        .Where(count => tenantId is null || count.TenantId == tenantId)
        .GroupBy(count => count.Status, (status, counts) => (Enum.Parse<MachineStatus>(status), counts.Sum(count => count.Machines))));

    public int AllocatedOf(Guid typeId) => _promises[typeId].Sum(promise => promise.Machines);

    /// <summary>Ready machines that no promise still counts on.</summary>
    public int MaxAllocatableOf(Guid typeId) => Math.Max(0, AssignedOf(typeId).Ready - (AllocatedOf(typeId) - UsedOf(typeId).Total));

    /// <summary>The tenants to whom some of the type is promised.</summary>
    public IEnumerable<Guid> TenantsOf(Guid typeId) => _promises[typeId].Select(promise => promise.TenantId).Distinct();

    /// <summary>What the tenant has of the type, under an id and a name that tell which of the two the answer is about.</summary>
    public InstanceTypeStats Of(Guid typeId, Guid tenantId, Guid id, string name)
    {
        var theirs = _promises[typeId].Where(promise => promise.TenantId == tenantId).ToArray();
        return new InstanceTypeStats
        {
            Id = id,
            Name = name,
            Allocated = theirs.Sum(promise => promise.Machines),
            UsedMachineStats = UsedOf(typeId, tenantId),
            MaxAllocatable = MaxAllocatableOf(typeId),
            Allocations = [.. theirs.Select(promise => new AllocationStats { Id = promise.AllocationId, Name = promise.AllocationName, Total = promise.Machines })],
        };
    }

    private sealed record Assigned(Guid InstanceTypeId, string Status, int Machines);

    private sealed record Used(Guid InstanceTypeId, Guid TenantId, string Status, int Machines);
}
