using System.CommandLine;
using Nico.Host.Development;
using Nico.SiteSimulator;

namespace Nico.Host.CommandLine;

/// <summary><c>nico simulate</c>: a simulated site's controller as a process of its own.</summary>
internal static class SimulateCommand
{
    public static Command Make()
    {
        var name = new Option<string>("--name") { Description = "Name of the site: its machines' identities derive from it.", DefaultValueFactory = _ => RunCommand.SiteName, HelpName = "NAME" };
        var port = Options.Bounded("--port", "Port of the controller's gRPC service, on loopback.", 11079, 0, 65535);
        var control = Options.Bounded("--control-port", "Port of the fault injection, on loopback.", 11080, 0, 65535);
        var machines = Options.Machines();
        var speed = Options.Speed();
        var data = Options.Data();
        var command = new Command("simulate", "Start a simulated site's controller as a process of its own; configure it as a site of a Nico.")
        {
            name, port, control, machines, speed, data,
        };
        command.SetAction((line, ct) => Simulate(
            new SimulatorOptions
            {
                SiteName = line.GetValue(name)!,
                Port = line.GetValue(port),
                ControlPort = line.GetValue(control),
                Machines = line.GetValue(machines),
                Speed = line.GetValue(speed),
                StateFolder = DataFolder.Open(line.GetValue(data)).Simulator(line.GetValue(name)!),
            },
            ct));
        return command;
    }

    private static async Task<int> Simulate(SimulatorOptions options, CancellationToken ct)
    {
        using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        await using var site = await SimulatedSite.Start(options, TimeProvider.System, logs, ct);
        Console.WriteLine($"Simulated site {options.SiteName} with {options.Machines} machines: controller {site.Core}, faults {site.Control}");
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
}
