using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Secrets;
using Nico.SiteLink.Commands;
using Nico.SiteLink.Inventory;
using Npgsql;

namespace Nico.SiteLink.Connections;

/// <summary>The sites that this process talks to: follows the table of connections, and probes the sites that do not answer.</summary>
internal sealed partial class Sites(
    NpgsqlDataSource source, Identities identities, CommandQueue queue, PollTurns turns, Pulse pulse, ISecrets secrets, Telemetry telemetry, IOptions<SiteLinkOptions> options, ControllerAddresses addresses, TimeProvider clock, ILogger<Sites> log)
    : BackgroundService
{
    private readonly ConcurrentDictionary<Guid, SiteController> _sites = [];
    private readonly SemaphoreSlim _reading = new(1);
    private readonly Complaint _complaint = new(clock);

    /// <summary>Every connected site.</summary>
    public ICollection<SiteController> All => _sites.Values;

    /// <summary>The site's controller; null when the site is not connected.</summary>
    public async ValueTask<SiteController?> Find(Guid siteId, CancellationToken ct)
    {
        if (!_sites.TryGetValue(siteId, out var site))
        {
            await Read(ct);
            _sites.TryGetValue(siteId, out site);
        }

        return site;
    }

    /// <summary>Reads the table of connections.</summary>
    public async Task Read(CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            await using var db = new Db(source);
            var rows = await db.Many<ConnectionRow>(Sql.Of<Sites>("Connections"), null, ct);
            foreach (var (siteId, gone) in _sites)
            {
                if (rows.All(row => row.SiteId != siteId) && _sites.TryRemove(siteId, out _))
                {
                    telemetry.Forget(siteId);
                    gone.Dispose();
                }
            }

            foreach (var row in rows)
            {
                if (Address(row) is not { } address)
                {
                    continue;
                }

                if (!_sites.TryGetValue(row.SiteId, out var site))
                {
                    site = _sites[row.SiteId] = new SiteController(
                        row.SiteId, address, row.Identity, options.Value, addresses, identities, telemetry, clock, Changed, log);
                    telemetry.Up(row.SiteId, true);
                    pulse.Beat();
                    turns.Pulse.Beat();
                }

                site.Follow(address, row.Identity, row.HasOther);
            }
        }
        finally
        {
            _reading.Release();
        }
    }

    public override void Dispose()
    {
        foreach (var site in _sites.Values)
        {
            site.Dispose();
        }

        _reading.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Read(stoppingToken);
                foreach (var site in _sites.Values.Where(site => site.Circuit.IsOpen))
                {
                    if (site.HasNewFiles())
                    {
                        site.Circuit.Hurry();
                    }

                    if (site.Circuit.TakeProbe())
                    {
                        _ = site.Probe(stoppingToken);
                    }
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (_complaint.IsDue())
                {
                    Unread(log, e.Message);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(options.Value.Look, clock, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Where the site is; null when its key cannot be opened: other sites must not suffer for it.</summary>
    private SiteAddress? Address(ConnectionRow row)
    {
        try
        {
            return row.ToAddress(secrets);
        }
        catch (SecretUnreadable e)
        {
            if (_complaint.IsDue())
            {
                KeyUnreadable(log, row.SiteId, e.Message);
            }

            return null;
        }
    }

    /// <summary>A site that is back gets what waited for it without further pause.</summary>
    private void Changed(SiteController site)
    {
        if (site.Circuit.IsOpen)
        {
            return;
        }

        _ = Task.Run(async () =>
        {
            try
            {
                await queue.EndPauses(site.SiteId, CancellationToken.None);
            }
            catch (Exception e)
            {
                Unread(log, e.Message);
            }

            pulse.Beat();
        });
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The key of the client certificate for site {SiteId} cannot be opened: {Reason}")]
    private static partial void KeyUnreadable(ILogger log, Guid siteId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connections of the sites could not be looked up: {Reason}")]
    private static partial void Unread(ILogger log, string reason);
}

/// <summary>A row of sitelink.connection.</summary>
internal sealed record ConnectionRow
{
    public required Guid SiteId { get; init; }

    public required string Core { get; init; }

    public string? ClientCertificate { get; init; }

    public string? ClientKey { get; init; }

    public string? Authority { get; init; }

    public string? ClientCertificatePem { get; init; }

    public string? ClientKeySealed { get; init; }

    public string? AuthorityPem { get; init; }

    public string? IdentitySubject { get; init; }

    public string? IdentityName { get; init; }

    /// <summary>True while another controller answers in the place of the site's own.</summary>
    public bool HasOther { get; init; }

    /// <summary>Who the controller is.</summary>
    public ControllerIdentity Identity => new(IdentitySubject, IdentityName);

    /// <summary>Where the keys of client certificates are kept, sealed.</summary>
    public static SealedColumn Key { get; } = new("sitelink.connection", "site_id", "client_key_sealed");

    public SiteAddress ToAddress(ISecrets secrets) => new(new Uri(Core), ClientCertificate, ClientKey, Authority)
    {
        Credentials = ClientCertificatePem is null && AuthorityPem is null
            ? null
            : new SiteCredentials(ClientCertificatePem, ClientKeySealed is null ? null : secrets.Open(ClientKeySealed, Key.Purpose), AuthorityPem),
    };
}
