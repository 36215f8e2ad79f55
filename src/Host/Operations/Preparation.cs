using Nico.Hardware.Contracts;
using Nico.Host.Database;
using Nico.SharedKernel;
using Npgsql;

namespace Nico.Host.Operations;

/// <summary>A site that the configuration names: an entry of the section <c>Sites</c>.</summary>
internal sealed class SiteOptions
{
    /// <summary>Name of the site, unique for its owner.</summary>
    public string Name { get; set; } = "";

    /// <summary>The org that owns it.</summary>
    public string Org { get; set; } = "";

    /// <summary>Address of its controller: <c>https://host:port</c>, or <c>http://</c> on loopback.</summary>
    public string Core { get; set; } = "";

    /// <summary>PEM file of the client certificate.</summary>
    public string? ClientCertificate { get; set; }

    /// <summary>PEM file of the client certificate's key.</summary>
    public string? ClientKey { get; set; }

    /// <summary>PEM file of the CA that signed the controller's certificate.</summary>
    public string? Authority { get; set; }

    /// <summary>Checks the entry.</summary>
    public ConfiguredSite Checked()
    {
        Need(Name.Length is >= 2 and <= 256, "Name must have 2 to 256 characters");
        Need(Org.Length > 0, "Org is missing");
        Need(Uri.TryCreate(Core, UriKind.Absolute, out var core) && (core.Scheme == "https" || (core.Scheme == "http" && core.IsLoopback)), "Core must be an https address (http on loopback only)");
        Need(ClientCertificate is null == ClientKey is null, "ClientCertificate and ClientKey go together");

        // Whether the files can be used is found out when the site is connected: a missing one is that site's trouble and no other's.
        return new ConfiguredSite(Name, Org.ToLowerInvariant(), new SiteLinkAddress(core!, ClientCertificate, ClientKey, Authority));

        void Need(bool holds, string problem)
        {
            if (!holds)
            {
                throw new ConfigurationProblem($"Sites '{Name}': {problem}");
            }
        }
    }
}

/// <summary>
/// What must be done before the first request: migrations, then the configured sites. Tried once before the service listens;
/// when the database is away, again and again beside it, while <c>/readyz</c> says so.
/// </summary>
internal sealed partial class Preparation(
    string connectionString,
    IReadOnlyList<ConfiguredSite> sites,
    Readiness readiness,
    IServiceScopeFactory scopes,
    Primaries primaries,
    DatabaseWatch watch,
    IHostApplicationLifetime lifetime,
    ILogger<Preparation> log) : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(2);

    /// <summary>Why the process stops by itself; null when it does not.</summary>
    public ConfigurationProblem? Failure { get; private set; }

    /// <summary>Prepares; false when the database cannot be reached.</summary>
    /// <exception cref="ConfigurationProblem">It can be reached, and cannot be prepared.</exception>
    public async Task<bool> Try(CancellationToken ct)
    {
        try
        {
            foreach (var name in await Migrations.Apply(await watch.AskHosts(ct) ?? connectionString, log, ct, primaries))
            {
                Applied(log, name);
            }

            foreach (var site in sites)
            {
                await using var scope = scopes.CreateAsyncScope();
                try
                {
                    await scope.ServiceProvider.GetRequiredService<IConfiguredSites>().Ensure(site, ct);
                }
                catch (Problem problem)
                {
                    throw new ConfigurationProblem($"Sites '{site.Name}': {problem.Message}");
                }
            }

            readiness.Prepared();
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            Away(log, e.Message);
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!readiness.IsPrepared && !await Try(stoppingToken))
            {
                await Task.Delay(_pause, stoppingToken);
            }
        }
        catch (ConfigurationProblem problem)
        {
            Failure = problem;
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Applied migration {Name}")]
    private static partial void Applied(ILogger log, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database cannot be prepared yet: {Reason}")]
    private static partial void Away(ILogger log, string reason);
}
