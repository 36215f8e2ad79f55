using Nico.Hardware.Contracts;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Hardware.Sites.DeleteSite;

/// <summary>What this module and the link keep of a site.</summary>
internal sealed class HardwareOfSite(Db db, ISiteConnections connections) : ISiteLeftovers
{
    public async Task<int> Remove(Guid siteId, int most, CancellationToken ct)
    {
        var machines = await db.Many<string>(Sql.Of<HardwareOfSite>("RemoveMachines"), new { siteId, most }, ct);
        if (machines.Count > 0)
        {
            await HardwareModule.MachineHistory.Forget(db, machines, ct);
            return machines.Count;
        }

        return await connections.Forget(siteId, most, ct);
    }
}
