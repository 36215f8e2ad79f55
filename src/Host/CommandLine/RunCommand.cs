using System.CommandLine;
using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Nico.Hardware.Contracts;
using Nico.Host.Database;
using Nico.Host.Development;
using Nico.Host.Secrets;
using Nico.SiteSimulator;

namespace Nico.Host.CommandLine;

/// <summary>
/// <c>nico run</c>: everything on one machine. What the configuration does not name is embedded: a private PostgreSQL with the
/// development issuer, and a simulated site.
/// </summary>
internal static class RunCommand
{
    /// <summary>Name of the simulated site.</summary>
    public const string SiteName = "sim-1";

    public static Command Make()
    {
        var port = Options.Port();
        var metricsPort = Options.MetricsPort();
        var data = Options.Data();
        var org = Options.Org();
        var machines = Options.Machines();
        var speed = Options.Speed();
        var command = new Command("run", "Start Nico with whatever it lacks embedded: a private PostgreSQL, a token issuer, a simulated site.")
        {
            port, metricsPort, data, org, machines, speed,
        };
        command.SetAction((line, ct) => Run(
            line.GetValue(data),
            line.GetValue(org)!.ToLowerInvariant(),
            line.GetValue(machines),
            line.GetValue(speed),
            new Dictionary<string, string?>
            {
                // Left out, the configuration's ports hold.
                ["Http:Port"] = Given(line, port),
                ["Http:MetricsPort"] = Given(line, metricsPort),
                ["Env:Disconnected"] = "true",
            }.Where(entry => entry.Value is not null).ToDictionary(),
            ct));
        return command;
    }

    private static string? Given(ParseResult line, Option<int> option) => line.GetResult(option) is { Implicit: false }
        ? line.GetValue(option).ToString(System.Globalization.CultureInfo.InvariantCulture)
        : null;

    private static async Task<int> Run(
        string? data, string org, int machines, double speed, Dictionary<string, string?> overrides, CancellationToken ct)
    {
        var started = Stopwatch.StartNew();
        var configuration = NicoServer.Configuration(overrides);
        var connectionString = configuration.GetConnectionString("Nico");
        var folder = DataFolder.Open(data);
        using var owned = folder.Lock();
        await using var postgres = connectionString is null ? await EmbeddedPostgres.Start(folder.Postgres, durable: true, Say, ct) : null;
        if (postgres is not null)
        {
            await postgres.EnsureDatabase("nico", ct);
            connectionString = postgres.ConnectionString("nico");
        }

        using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        await using var simulated = NicoServer.Sites(configuration).Count > 0
            ? null
            : await SimulatedSite.Start(
                new SimulatorOptions { SiteName = SiteName, Machines = machines, Speed = speed, StateFolder = folder.Simulator(SiteName) },
                TimeProvider.System,
                logs,
                ct);
        if (configuration.GetSection("SiteLink:ControllerNetworks").Get<string[]>() is not { Length: > 0 })
        {
            // With a configured database too: what runs on one machine has its controllers there.
            overrides["SiteLink:ControllerNetworks:0"] = "127.0.0.0/8";
            overrides["SiteLink:ControllerNetworks:1"] = "::1/128";
        }

        if (simulated is not null)
        {
            // A site that answers from memory can be asked every second.
            overrides.TryAdd("SiteLink:InventoryPeriod", configuration["SiteLink:InventoryPeriod"] ?? "00:00:01");
        }

        if (string.IsNullOrEmpty(configuration[SecretServices.Folder]))
        {
            overrides[SecretServices.Folder] = folder.Keys;
            if (new KeyFolder(folder.Keys) is var keys && keys.Read().Count == 0)
            {
                keys.Add(DateTimeOffset.UtcNow);
            }
        }

        await using var app = NicoServer.Build(new ServerSettings
        {
            ConnectionString = connectionString!,
            Development = postgres is null ? null : DevelopmentIssuer.Open(folder.IssuerKey).ToIssuer(),
            Sites = simulated is null ? [] : [new ConfiguredSite(SiteName, org, new SiteLinkAddress(simulated.Core))],
            Overrides = overrides,
        });
        await Listening.Start(app, ct);
        var address = Listening.Addresses(app)[0];
        RunningNico.Announce(folder, address, Listening.Addresses(app)[^1]);
        Banner(address, Listening.Addresses(app)[^1], org, data, postgres is not null, simulated, folder, started.Elapsed);
        await NicoServer.Serve(app, ct);
        File.Delete(folder.Address);
        return 0;
    }

    private static void Banner(
        string address,
        string metrics,
        string org,
        string? data,
        bool embedded,
        SimulatedSite? simulated,
        DataFolder folder,
        TimeSpan took)
    {
        var at = data is null ? "" : $" --data {data}";
        Console.WriteLine();
        Console.WriteLine($"  Nico {SharedKernel.Build.Version}   {address}   (ready in {took.TotalSeconds:0.0} s)");
        Console.WriteLine($"  Reference   {address}/docs");
        Console.WriteLine($"  Metrics     {metrics}/metrics");
        if (embedded)
        {
            Console.WriteLine($"  Token       ./nico token --org {org} --service-account{at}      (development issuer: anyone with the data folder can be anyone)");
        }

        if (simulated is not null)
        {
            var token = DataFolder.ControlToken(folder.Simulator(SiteName));
            Console.WriteLine($"  Site        {SiteName} of org {org}, simulated; faults: {simulated.Control}   (token in {token})");
        }

        Console.WriteLine();
    }

    private static void Say(string text) => Console.WriteLine("  " + text);
}

/// <summary>Starting to listen, and where.</summary>
internal static class Listening
{
    /// <summary>Starts the server; says in one sentence when a port is taken.</summary>
    public static async Task Start(WebApplication app, CancellationToken ct)
    {
        try
        {
            await NicoServer.Start(app, ct);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new ConfigurationProblem(e.Message + ": choose another with --port and --metrics-port");
        }
    }

    /// <summary>Where the server listens: the API first, the operator's port last.</summary>
    public static string[] Addresses(WebApplication app) =>
        [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
}
