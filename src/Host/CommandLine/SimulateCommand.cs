using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Nico.Host.Development;
using Nico.SiteSimulator;

namespace Nico.Host.CommandLine;

/// <summary><c>nico simulate</c>: a simulated site's controller as a process of its own.</summary>
internal static class SimulateCommand
{
    public static Command Make()
    {
        var name = new Option<string?>("--name")
        {
            Description = $"Name that the identities of the site's machines derive from: no two sites of one Nico may have the same. Default: one of the token's own; {RunCommand.SiteName} without a token.",
            HelpName = "NAME",
        };
        var token = new GivenToken("--token", "Registration token of a site (POST /site answers it): the controller is paired with it", "NICO_SITE_TOKEN");
        var nico = PairCommand.Nico("--nico");
        var port = Options.Bounded("--port", "Port of the controller's gRPC service, on loopback.", 11079, 0, 65535);
        var control = Options.Bounded("--control-port", "Port of the fault injection, on loopback.", 11080, 0, 65535);
        var machines = Options.Machines();
        var speed = Options.Speed();
        var data = Options.Data();
        var command = new Command("simulate", "Start a simulated site's controller as a process of its own, and pair it; without a token configure it as a site of a Nico.")
        {
            name, nico, port, control, machines, speed, data,
        };
        foreach (var option in token.Options)
        {
            command.Options.Add(option);
        }

        command.SetAction((line, ct) =>
        {
            var given = token.Value(line);
            var site = line.GetValue(name) ?? (given is null ? RunCommand.SiteName : NameOf(given));
            return Simulate(
                new SimulatorOptions
                {
                    SiteName = site,
                    Port = line.GetValue(port),
                    ControlPort = line.GetValue(control),
                    Machines = line.GetValue(machines),
                    Speed = line.GetValue(speed),
                    StateFolder = DataFolder.Open(line.GetValue(data)).Simulator(site),
                },
                given,
                line.GetValue(nico)!,
                ct);
        });
        return command;
    }

    private static async Task<int> Simulate(SimulatorOptions options, string? token, string nico, CancellationToken ct)
    {
        using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        await using var site = await SimulatedSite.Start(options, TimeProvider.System, logs, ct);
        var control = $"faults {site.Control} (token in {DataFolder.ControlToken(options.StateFolder!)})";
        Console.WriteLine($"Simulated site {options.SiteName} with {options.Machines} machines: controller {site.Core}, {control}");
        if (token is not null)
        {
            await Pair(site.Core, token, nico, Path.Combine(options.StateFolder!, "paired"), ct);
        }

        try
        {
            await Task.Delay(Timeout.Infinite, ct);
        }
        catch (OperationCanceledException)
        {
            // Stopped from outside.
        }

        return 0;
    }

    /// <summary>A token can be used once: started again with the same one at the same address, the controller is paired already.</summary>
    private static async Task Pair(Uri core, string token, string nico, string note, CancellationToken ct)
    {
        var done = $"{HashOf(token)} {nico} {core}";
        if (File.Exists(note) && await File.ReadAllTextAsync(note, ct) == done)
        {
            Console.WriteLine("It has been paired before.");
            return;
        }

        var paired = await PairCommand.Pair(nico, new JsonObject { ["token"] = token, ["core"] = core.ToString() }, ct);
        Guarded.Write(note, done);
        Console.WriteLine($"Paired as site {paired["name"]} ({paired["siteId"]}) of {nico}");
    }

    private static string NameOf(string token) => "sim-" + HashOf(token)[..8].ToLowerInvariant();

    private static string HashOf(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
