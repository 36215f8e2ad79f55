using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances.Types;

/// <summary>What a tenant may have of an instance type, and has. Source: spec/30-instance.md, section 5.1.</summary>
internal sealed class Quota(Db db)
{
    /// <summary>The instance type at the site; 400 when there is none. Nothing is taken from it or given of it meanwhile that this depends on.</summary>
    public async Task<InstanceTypeOffer> HoldType(Guid id, Guid siteId, CancellationToken ct) =>
        await db.OneOrNone<InstanceTypeOffer>(Sql.Of<Quota>("HoldInstanceType"), new { id, siteId }, ct)
        ?? throw Problem.Invalid("instanceTypeId", $"instance type {id} does not exist at site {siteId}");

    /// <summary>
    /// 403 unless the tenant may have so many more. What it was given is locked until the transaction ends: whoever draws from the same
    /// waits, and then counts what was taken here.
    /// </summary>
    public async Task Draw(InstanceTypeOffer type, TenantRef tenant, int count, CancellationToken ct)
    {
        var args = new { typeId = type.Id, tenantId = tenant.Id, type.SiteId };
        var given = await db.Many<int>(Sql.Of<Quota>("LockGiven"), args, ct);
        if (given.Count == 0)
        {
            throw Problem.Forbidden($"The tenant has no allocation of instance type {type.Id}");
        }

        var used = await db.One<int>(Sql.Of<Quota>("CountUsed"), args, ct);
        if (used + count > given.Sum(value => (long)value))
        {
            throw Problem.Forbidden($"The tenant has {used} of {given.Sum(value => (long)value)} machines of instance type {type.Id}: {count} more is too many");
        }
    }
}
