using Nico.Hardware.Contracts;
using Nico.SharedKernel.Data;

namespace Nico.Identity.OfDeletedSites;

/// <summary>What this module keeps of a site: which accounts differ there from their default.</summary>
internal sealed class SwitchesOfSite(Db db) : ISiteLeftovers
{
    public Task<int> Remove(Guid siteId, int most, CancellationToken ct) =>
        db.Execute(Sql.Of<SwitchesOfSite>("ForgetSwitches"), new { siteId, most }, ct);
}
