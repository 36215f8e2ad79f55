using Nico.Hardware.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Compute.InstanceTypes.Quotas;

/// <summary>What can still be promised of an instance type. Source: spec/20-ip-and-allocation.md, section 6.1.</summary>
internal sealed class Capacities(Db db, IInstanceTypeMachines machines)
{
    /// <summary>
    /// Machines of the instance type, whatever their status, that are promised to no tenant. Asked with the instance type's lock, which all
    /// hold who promise some of it or take machines away.
    /// </summary>
    public async Task<int> Left(Guid instanceTypeId, CancellationToken ct)
    {
        var promised = await db.One<int>(
            "select coalesce(sum(constraint_value), 0)::integer from compute.allocation_constraint where resource_type = 'InstanceType' and resource_type_id = @instanceTypeId",
            new { instanceTypeId },
            ct);
        return ((await machines.Counts([instanceTypeId], ct)).GetValueOrDefault(instanceTypeId)?.Assigned ?? 0) - promised;
    }
}
