using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Nico.Host.Database;
using Npgsql;

namespace Nico.Host.CommandLine;

/// <summary><c>nico migrate</c>: brings the configured database's schema up to date and ends.</summary>
internal static class MigrateCommand
{
    public static Command Make()
    {
        var command = new Command("migrate", "Apply the migrations that the configured database (ConnectionStrings__Nico) lacks, and end.");
        command.SetAction((_, ct) => Migrate(ct));
        return command;
    }

    private static async Task<int> Migrate(CancellationToken ct)
    {
        try
        {
            var applied = await Migrations.Apply(ServeCommand.ConfiguredDatabase(), NullLogger.Instance, ct);
            foreach (var name in applied)
            {
                Console.WriteLine(name);
            }

            Console.WriteLine(applied.Count == 0 ? "The schema was up to date." : $"{applied.Count} migrations applied.");
            return 0;
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            throw new ConfigurationProblem("The database cannot be reached: " + e.Message);
        }
    }
}
