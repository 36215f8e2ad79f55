using Nico.Compute.OperatingSystems.AtSite;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Compute.OfDeletedSites;

/// <summary>What this module keeps of a site. Allocations are not among it: a site that has one cannot be deleted.</summary>
internal sealed class ComputeOfSite(Db db, TimeProvider clock) : ISiteLeftovers
{
    public async Task<int> Remove(Guid siteId, int most, CancellationToken ct)
    {
        var instances = await db.Many<Guid>(Sql.Of<ComputeOfSite>("RemoveInstances"), new { siteId, most }, ct);
        if (instances.Count > 0)
        {
            await ComputeModule.InstanceHistory.Forget(db, [.. instances.Cast<object>()], ct);
        }

        return instances.Count > 0 ? instances.Count
            : await RemoveImages(siteId, most, ct) is > 0 and var images ? images
            : await RemoveTypes(siteId, most, ct);
    }

    /// <summary>Operating systems whose image the site kept stay, without it.</summary>
    private async Task<int> RemoveImages(Guid siteId, int most, CancellationToken ct)
    {
        var systems = await db.Many<Guid>(Sql.Of<ComputeOfSite>("LockOperatingSystems"), new { siteId, most }, ct);
        await OsImageAtSite.Gone(db, siteId, systems, clock.Now(), ct);
        return systems.Count;
    }

    private async Task<int> RemoveTypes(Guid siteId, int most, CancellationToken ct)
    {
        var types = await db.Many<Guid>(Sql.Of<ComputeOfSite>("RemoveInstanceTypes"), new { siteId, most }, ct);
        await ComputeModule.InstanceTypeHistory.Forget(db, [.. types.Cast<object>()], ct);
        return types.Count;
    }
}
