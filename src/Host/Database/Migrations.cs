using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Npgsql;

namespace Nico.Host.Database;

/// <summary>
/// The schema's migrations (db/migrations/SCHEMA/NNNN_what_it_does.sql, embedded): forward only, each in a transaction of its
/// own, under an advisory lock, so that of several processes that start at once one applies them and the others wait.
/// </summary>
internal static class Migrations
{
    private const long Lock = 0x4e69636f;
    private const string Folder = "migrations/";

    /// <summary>Applies what is missing; the names of what was applied.</summary>
    public static async Task<IReadOnlyList<string>> Apply(string connectionString, ILogger log, CancellationToken ct)
    {
        await using var guard = new NpgsqlConnection(connectionString + ";Pooling=false;Command Timeout=0");
        await guard.OpenAsync(ct);
        await using (var take = new NpgsqlCommand($"select pg_advisory_lock({Lock})", guard))
        {
            await take.ExecuteNonQueryAsync(ct);
        }

        var upgrade = DeployChanges.To.PostgresqlDatabase(connectionString + ";Pooling=false")
            .WithScripts(Scripts())
            .JournalToPostgresqlTable("public", "schema_version")
            .WithTransactionPerScript()
            .WithExecutionTimeout(TimeSpan.FromMinutes(30))
            .LogTo(new Log(log))
            .Build();
        var result = upgrade.PerformUpgrade();
        return result.Successful
            ? [.. result.Scripts.Select(script => script.Name)]
            : throw new InvalidOperationException($"Migration {result.ErrorScript?.Name} failed: {result.Error.Message}", result.Error);
    }

    /// <summary>Every migration, schema by schema in the order of their numbers.</summary>
    public static IReadOnlyList<SqlScript> Scripts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select((name, i) => new SqlScript(name[Folder.Length..], Text(assembly, name), new SqlScriptOptions { RunGroupOrder = i })),
        ];
    }

    private static string Text(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    private sealed class Log(ILogger log) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) => Write(LogLevel.Trace, null, format, args);

        public void LogDebug(string format, params object[] args) => Write(LogLevel.Debug, null, format, args);

        public void LogInformation(string format, params object[] args) => Write(LogLevel.Debug, null, format, args);

        public void LogWarning(string format, params object[] args) => Write(LogLevel.Warning, null, format, args);

        public void LogError(string format, params object[] args) => Write(LogLevel.Error, null, format, args);

        public void LogError(Exception ex, string format, params object[] args) => Write(LogLevel.Error, ex, format, args);

        private void Write(LogLevel level, Exception? e, string format, object[] args)
        {
            if (log.IsEnabled(level))
            {
                log.Log(level, e, "{Text}", args.Length == 0 ? format : string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args));
            }
        }
    }
}
