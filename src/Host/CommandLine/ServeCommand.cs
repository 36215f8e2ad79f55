using System.CommandLine;

namespace Nico.Host.CommandLine;

/// <summary><c>nico serve</c>: a replica for production, with everything from the configuration and nothing embedded.</summary>
internal static class ServeCommand
{
    public static Command Make()
    {
        var command = new Command("serve", "Start one replica on a configured database (ConnectionStrings__Nico), with configured issuers and sites.");
        command.SetAction((_, ct) => Serve(ct));
        return command;
    }

    private static async Task<int> Serve(CancellationToken ct)
    {
        await using var app = NicoServer.Build(new ServerSettings { ConnectionString = ConfiguredDatabase() });
        await Listening.Start(app, ct);
        Console.WriteLine($"Nico {SharedKernel.Build.Version} listens at {string.Join(" and ", Listening.Addresses(app))}");
        await NicoServer.Serve(app, ct);
        return 0;
    }

    /// <summary>The database of the configuration.</summary>
    public static string ConfiguredDatabase() =>
        NicoServer.Configuration(new Dictionary<string, string?>()).GetConnectionString("Nico")
        ?? throw new ConfigurationProblem("No database is configured: set ConnectionStrings__Nico, or use 'nico run' for an embedded one");
}
