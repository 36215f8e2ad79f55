using Nico.Compute.Contracts;
using Nico.Compute.InstanceTypes.Quotas;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.Instances.Types;

/// <summary>What instances of a type are drawn from. Source: spec/30-instance.md, section 5.1.</summary>
internal sealed class Quota(Db db, TenantQuotas quotas)
{
    /// <summary>The instance type at the site, which neither ends nor changes while the transaction lasts; 400 when there is none.</summary>
    public async Task<InstanceTypeOffer> HoldType(Guid id, Guid siteId, CancellationToken ct)
    {
        var type = await FindType(id, siteId, ct)
            ?? throw Problem.Invalid("instanceTypeId", $"instance type {id} does not exist at site {siteId}");
        return type.Status == InstanceTypeStatus.Ready ? type : throw Problem.Invalid("instanceTypeId", $"instance type {id} is {type.Status}, not Ready");
    }

    /// <summary>The same, whatever its status; null when there is none.</summary>
    public Task<InstanceTypeOffer?> FindType(Guid id, Guid siteId, CancellationToken ct) =>
        db.OneOrNone<InstanceTypeOffer>(Sql.Of<Quota>("HoldInstanceType"), new { id, siteId }, ct);

    /// <summary>
    /// 403 unless the tenant may have so many more. What it was given is locked until the transaction ends: whoever draws from the same
    /// waits, and then counts what was taken here.
    /// </summary>
    public async Task Draw(InstanceTypeOffer type, TenantRef tenant, int count, CancellationToken ct)
    {
        var quota = await quotas.Hold(tenant.Id, type.Id, ct);
        if (quota.Reserved.Count == 0)
        {
            throw Problem.Forbidden($"The tenant has no allocation of instance type {type.Id}");
        }

        if (quota.Left < count)
        {
            throw Problem.Forbidden($"The tenant has {quota.Used} instances of instance type {type.Id}, and {quota.Total} machines allocated: {count} more is too many");
        }
    }
}
