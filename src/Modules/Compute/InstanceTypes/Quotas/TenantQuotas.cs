using Nico.SharedKernel.Data;

namespace Nico.Compute.InstanceTypes.Quotas;

/// <summary>What a tenant may have of an instance type, and what it has of it.</summary>
internal sealed record TenantQuota
{
    /// <summary>What each of its allocations reserves, oldest constraint first.</summary>
    public required IReadOnlyList<ReservedMachines> Reserved { get; init; }

    /// <summary>Instances of the type that the tenant has, in whatever status.</summary>
    public int Used { get; init; }

    public int Total => Reserved.Sum(constraint => constraint.ConstraintValue);

    public int Left => Total - Used;
}

/// <summary>What one allocation reserves.</summary>
internal sealed record ReservedMachines(Guid Id, Guid AllocationId, int ConstraintValue);

/// <summary>
/// Quotas of tenants. Who makes instances of a type, and who takes some of what is reserved away, hold the same rows: of two that
/// would use the last machine, or take it away, one sees what the other did. Source: spec/20-ip-and-allocation.md, sections 5 and 7.
/// </summary>
internal sealed class TenantQuotas(Db db)
{
    /// <summary>The tenant's quota of the instance type, held until the transaction ends. After the instance type's row, before machines'.</summary>
    public async Task<TenantQuota> Hold(Guid tenantId, Guid instanceTypeId, CancellationToken ct)
    {
        var args = new { tenantId, instanceTypeId };
        var reserved = await db.Many<ReservedMachines>(Sql.Of<TenantQuotas>("LockConstraints"), args, ct);

        // A statement of its own, so that it sees what those did who held the rows before.
        var used = await db.One<int>(
            "select count(*)::integer from compute.instance where instance_type_id = @instanceTypeId and tenant_id = @tenantId", args, ct);
        return new TenantQuota { Reserved = reserved, Used = used };
    }
}
