using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.SiteLink.Connections;

/// <summary>Writes the table of connections. Commands of a forgotten site stay, and wait for it to be connected again.</summary>
internal sealed class SiteConnections(Db db, Sites sites, TimeProvider clock) : ISiteConnections
{
    public async Task Connect(Guid siteId, SiteAddress address, CancellationToken ct)
    {
        Require(address.Core.IsAbsoluteUri && (address.Core.Scheme == Uri.UriSchemeHttps || (address.Core.Scheme == Uri.UriSchemeHttp && address.Core.IsLoopback)),
            "The controller's address must be https; http is for loopback only");
        Require(address.ClientCertificate is null == address.ClientKey is null, "A client certificate and its key go together");
        await Write("Connect", new
        {
            siteId,
            core = address.Core.ToString(),
            clientCertificate = address.ClientCertificate,
            clientKey = address.ClientKey,
            authority = address.Authority,
            now = clock.Now(),
        }, ct);
    }

    public Task Disconnect(Guid siteId, CancellationToken ct) => Write("Disconnect", new { siteId }, ct);

    private async Task Write(string sql, object args, CancellationToken ct)
    {
        await db.Execute(Sql.Of<SiteConnections>(sql), args, ct);
        if (db.InTransaction)
        {
            db.AfterCommit(sites.Read);
        }
        else
        {
            await sites.Read(ct);
        }
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw Problem.Invalid(problem);
        }
    }
}
