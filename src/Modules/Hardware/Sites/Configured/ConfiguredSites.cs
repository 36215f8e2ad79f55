using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;

namespace Nico.Hardware.Sites.Configured;

/// <summary>
/// Takes sites over from the configuration. Nobody creates such a site over the API and then switches its capabilities on, so
/// it starts with native networking: without it neither FNN VPCs nor VPC prefixes could be made in a fresh deployment. What is
/// changed about the site later stays: a restart changes nothing but the controller's address.
/// </summary>
internal sealed class ConfiguredSites(Db db, IOrganizations organizations, ISiteConnections connections, TimeProvider clock) : IConfiguredSites
{
    public async Task<Guid> Ensure(ConfiguredSite site, CancellationToken ct)
    {
        await db.Begin(ct);
        try
        {
            var provider = await organizations.EnsureProvider(site.Org.ToLowerInvariant(), ct);
            var now = clock.Now();
            var args = new { id = Guid.CreateVersion7(), site.Name, org = provider.Org, providerId = provider.Id, now };
            var made = await db.OneOrNone<Guid?>(Sql.Of<ConfiguredSites>("EnsureSite"), args, ct);
            if (made is { } id)
            {
                await HardwareModule.SiteHistory.Append(db, id, nameof(SiteStatus.Pending), SiteMessages.Declared, now, ct);
            }
            else
            {
                // Another replica that makes it at the same moment has committed by now: the insert has waited for it.
                id = (await SiteRows.IdOfName(db, provider.Id, site.Name, ct))!.Value;
            }

            var address = site.Address;
            await connections.Connect(id, new SiteAddress(address.Core, address.ClientCertificate, address.ClientKey, address.Authority), ct);
            await db.Commit(ct);
            return id;
        }
        catch
        {
            await db.Rollback();
            throw;
        }
    }
}
