using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Secrets;
using Npgsql;

namespace Nico.SiteLink.Connections;

/// <summary>Writes the table of connections. Commands of a disconnected site stay, and wait for it to be connected again.</summary>
internal sealed class SiteConnections(Db db, Sites sites, ControllerAddresses addresses, ISecrets secrets, TimeProvider clock) : ISiteConnections
{
    public Task<string?> Refusal(Uri core, CancellationToken ct) => addresses.Refusal(core, ct);

    public async Task Connect(Guid siteId, SiteAddress address, CancellationToken ct)
    {
        Require(address.Core.IsAbsoluteUri && (address.Core.Scheme == Uri.UriSchemeHttps || (address.Core.Scheme == Uri.UriSchemeHttp && address.Core.IsLoopback)),
            "The controller's address must be https; http is for loopback only");
        Require(address.ClientCertificate is null == address.ClientKey is null, "A client certificate and its key go together");
        Require(address.Credentials?.ClientCertificate is null == address.Credentials?.ClientKey is null, "A client certificate and its key go together");
        await Write("Connect", new
        {
            siteId,
            core = address.Core.ToString(),
            endpoint = ControllerAddresses.Endpoint(address.Core),
            clientCertificate = address.ClientCertificate,
            clientKey = address.ClientKey,
            authority = address.Authority,
            clientCertificatePem = address.Credentials?.ClientCertificate,
            clientKeySealed = address.Credentials?.ClientKey is { } key ? secrets.Seal(key, ConnectionRow.Key.Purpose) : null,
            authorityPem = address.Credentials?.Authority,
            isPairing = address.Credentials is not null,
            now = clock.Now(),
            parts = Enum.GetNames<InventoryPart>(),
        }, ct);
    }

    public Task HoldRounds(Guid siteId, CancellationToken ct) => db.Execute(Sql.Of<SiteConnections>("HoldRounds"), new { siteId }, ct);

    public Task Disconnect(Guid siteId, CancellationToken ct) => Write("Disconnect", new { siteId }, ct);

    public Task<int> Forget(Guid siteId, int most, CancellationToken ct) =>
        db.One<int>(Sql.Of<SiteConnections>("Forget"), new { siteId, most }, ct);

    private async Task Write(string sql, object args, CancellationToken ct)
    {
        try
        {
            await db.Execute(Sql.Of<SiteConnections>(sql), args, ct);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "connection_endpoint" })
        {
            throw Problem.Conflict("Another site has its controller at this address");
        }

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
