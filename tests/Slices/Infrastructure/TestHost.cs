using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Nico.Host;
using Nico.Host.CommandLine;
using Nico.Host.Database;
using Nico.Host.Development;
using Nico.Host.Secrets;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(Nico.Tests.Slices.Infrastructure.TestHost))]

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>
/// The real Host on a real PostgreSQL, one for all tests, reached over HTTP. Tests keep out of each other's way by using orgs
/// (and so providers, tenants and sites) of their own.
/// </summary>
public sealed class TestHost : IAsyncLifetime
{
    private static readonly Lazy<string> _keys = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("nico-keys-").FullName;
        new KeyFolder(folder).Add(DateTimeOffset.UtcNow);
        return folder;
    });

    private static int _orgs;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nico-tests-");
    private EmbeddedPostgres _postgres = null!;
    private RunningHost _host = null!;

    /// <summary>A folder with a key for secrets: all Hosts share it, as replicas do.</summary>
    public static string Keys => _keys.Value;

    /// <summary>The services of the Host, for what a test must arrange or see behind the API.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>The database of the Host.</summary>
    public NpgsqlDataSource Database => Services.GetRequiredService<NpgsqlDataSource>();

    internal RunningHost Host => _host;

    internal DevelopmentIssuer Issuer { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // PostgreSQL may run as an account of its own, which has to pass through here.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        _postgres = await EmbeddedPostgres.Start(Path.Combine(_folder.FullName, "postgres"), durable: false, _ => { }, CancellationToken.None);
        Issuer = DevelopmentIssuer.Open(Path.Combine(_folder.FullName, "issuer-key.pem"));
        _host = await StartHost(await NewDatabase(), new Dictionary<string, string?>(), Issuer);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _postgres.DisposeAsync();
        _folder.Delete(recursive: true);
        Directory.Delete(_keys.Value, recursive: true);
    }

    /// <summary>An empty database of its own; its connection string.</summary>
    public async Task<string> NewDatabase()
    {
        var name = "t" + Guid.NewGuid().ToString("N");
        await _postgres.EnsureDatabase(name, CancellationToken.None);
        return _postgres.ConnectionString(name);
    }

    /// <summary>A copy of a database to which nobody is connected, as a restored dump of it would be; its connection string.</summary>
    public async Task<string> CopyOf(string connectionString)
    {
        var name = "t" + Guid.NewGuid().ToString("N");
        await _postgres.EnsureDatabase(name, CancellationToken.None, new NpgsqlConnectionStringBuilder(connectionString).Database);
        return _postgres.ConnectionString(name);
    }

    /// <summary>Another Host with a configuration of its own. Without <paramref name="issuer"/> the configuration must name one.</summary>
    internal static async Task<RunningHost> StartHost(
        string connectionString, IReadOnlyDictionary<string, string?> configuration, DevelopmentIssuer? issuer, TimeProvider? clock = null,
        HttpMessageHandler? handler = null)
    {
        var settings = new Dictionary<string, string?>(configuration);
        foreach (var (key, value) in new Dictionary<string, string?>
        {
            ["Http:Port"] = "0",
            ["Http:MetricsPort"] = "0",
            // One name for all hosts of the process: the address of each would make more series than a process may have.
            ["Http:Hosts:0"] = "127.0.0.1",
            ["Env:Disconnected"] = "true",
            ["Secrets:Keys"] = Keys,
            ["SiteLink:InventoryPeriod"] = "00:00:00.500",
            ["SiteLink:FullInventoryPeriod"] = "00:00:03",
            ["SiteLink:DeleteAgain"] = "00:00:01",
            // Tests ask as fast as they can, and much of it is refused.
            ["Limits:RequestsPerSecond"] = "1000000",
            ["Limits:Burst"] = "1000000",
            ["Limits:Concurrent"] = "10000",
            ["Limits:SharedConcurrency"] = "100000",
            ["Limits:RefusedPerSecond"] = "1000000",
            ["Limits:RefusedBurst"] = "1000000",
            ["Logging:LogLevel:Default"] = "Error",
            ["Logging:LogLevel:Nico.Host.Http.RequestTelemetry"] = "None",
        })
        {
            settings.TryAdd(key, value);
        }

        var app = NicoServer.Build(new ServerSettings
        {
            ConnectionString = connectionString,
            Development = issuer?.ToIssuer(),
            Overrides = settings,
            Clock = clock ?? TimeProvider.System,
        });
        await NicoServer.Start(app, CancellationToken.None);
        return await RunningHost.Of(app, issuer, handler);
    }

    /// <summary>The name of an org that no other test uses.</summary>
    public static string NewOrg(string name = "org") => $"{name}-{Interlocked.Increment(ref _orgs)}-{Guid.NewGuid().ToString("N")[..6]}";

    /// <summary>A caller with these roles in <paramref name="org"/>.</summary>
    public ApiClient As(string org, params string[] roles) => _host.As(org, roles);

    /// <summary>A service account of <paramref name="org"/>, whose provider and tenant exist.</summary>
    public async Task<ServiceAccount> ServiceAccount(string? org = null)
    {
        var name = org ?? NewOrg();
        var client = _host.AsServiceAccount(name);
        var account = (await client.Get("service-account/current")).Is(200);
        return new ServiceAccount(name, client, account["infrastructureProviderId"].Id(), account["tenantId"].Id());
    }

    /// <summary>A simulated site of <paramref name="org"/>; it is Registered soon after the Host has heard from it.</summary>
    public Task<TestSite> Site(string org, Nico.SiteSimulator.SimulatorOptions? options = null) => TestSite.Start(_host, org, options);

    /// <summary>A provider's administrator, whose org has a provider.</summary>
    public async Task<(ApiClient Client, Guid ProviderId)> Provider(string? org = null)
    {
        var client = As(org ?? NewOrg("provider"), "PROVIDER_ADMIN");
        return (client, (await client.Get("infrastructure-provider/current")).Is(200)["id"].Id());
    }

    /// <summary>A tenant's administrator, whose org has a tenant.</summary>
    public async Task<(ApiClient Client, Guid TenantId)> Tenant(string? org = null)
    {
        var client = As(org ?? NewOrg("tenant"), "TENANT_ADMIN");
        return (client, (await client.Get("tenant/current")).Is(200)["id"].Id());
    }
}

/// <summary>An org that is provider and tenant at once, with its caller.</summary>
public sealed record ServiceAccount(string Org, ApiClient Client, Guid ProviderId, Guid TenantId);

/// <summary>A Host that listens.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DevelopmentIssuer? _issuer;
    private readonly OpenApiCheck _check;
    private readonly HttpClient _http;

    private RunningHost(WebApplication app, DevelopmentIssuer? issuer, OpenApiCheck check, HttpClient http) =>
        (_app, _issuer, _check, _http) = (app, issuer, check, http);

    /// <summary>Where the API listens.</summary>
    public Uri Address => new(Listening.Addresses(_app)[0]);

    /// <summary>Where the operator's port listens.</summary>
    public Uri OperatorAddress => new(Listening.Addresses(_app)[^1]);

    public IServiceProvider Services => _app.Services;

    public static async Task<RunningHost> Of(WebApplication app, DevelopmentIssuer? issuer, HttpMessageHandler? handler = null)
    {
        var http = new HttpClient(handler ?? new SocketsHttpHandler()) { BaseAddress = new Uri(Listening.Addresses(app)[0]), Timeout = TimeSpan.FromMinutes(2) };
        return new RunningHost(app, issuer, OpenApiCheck.Of(await http.GetStringAsync("/openapi/v2.json")), http);
    }

    /// <summary>A caller with these roles in <paramref name="org"/>.</summary>
    public ApiClient As(string org, params string[] roles) => Bearing(org, Token(org, roles));

    /// <summary>A service account of <paramref name="org"/>.</summary>
    public ApiClient AsServiceAccount(string org) =>
        Bearing(org, _issuer!.Sign(org, [], $"{org}-service-account", serviceAccount: true, TimeSpan.FromHours(1), DateTimeOffset.UtcNow));

    /// <summary>A caller with this token, or with none.</summary>
    public ApiClient Bearing(string org, string? token) => new(_http, _check, org, token);

    /// <summary>A token of the development issuer.</summary>
    public string Token(string org, params string[] roles) =>
        _issuer!.Sign(org, roles, $"{org}-user", serviceAccount: false, TimeSpan.FromHours(1), DateTimeOffset.UtcNow);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
