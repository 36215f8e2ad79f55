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
    private static readonly TimeSpan _silence = TimeSpan.FromSeconds(15);

    /// <summary>Applies what is missing; the names of what was applied.</summary>
    /// <exception cref="ConfigurationProblem">A migration fails, or the schema is newer than this program.</exception>
    public static async Task<IReadOnlyList<string>> Apply(string connectionString, ILogger log, CancellationToken ct, Primaries? primaries = null)
    {
        await using var guard = new NpgsqlConnection(Limited(connectionString, "idle_session_timeout") + ";Command Timeout=0");
        await guard.OpenAsync(ct);
        if (primaries is not null)
        {
            await primaries.Require(guard, ct);
        }

        await Run(guard, $"select pg_advisory_lock({Lock})", ct);
        var scripts = Scripts();
        await RequireNoNewer(guard, scripts, ct);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var holding = Hold(guard, done.Token);
        try
        {
            return Upgrade(connectionString, scripts, log);
        }
        finally
        {
            await done.CancelAsync();
            await holding;
        }
    }

    private static IReadOnlyList<string> Upgrade(string connectionString, IReadOnlyList<SqlScript> scripts, ILogger log)
    {
        var upgrade = DeployChanges.To.PostgresqlDatabase(Limited(connectionString, "idle_in_transaction_session_timeout"))
            .WithScripts(scripts)
            .JournalToPostgresqlTable("public", "schema_version")
            .WithTransactionPerScript()
            .WithExecutionTimeout(TimeSpan.FromMinutes(30))
            .LogTo(new Log(log))
            .Build();
        var result = upgrade.PerformUpgrade();
        if (result.Successful)
        {
            return [.. result.Scripts.Select(script => script.Name)];
        }

        // A database that goes away is waited for; what it says against the migration it will say again.
        var isAway = result.Error switch
        {
            PostgresException postgres => postgres.SqlState is ['5', '7', ..] or ['5', '3', ..] or ['0', '8', ..] or "25P03",
            _ => result.Error is NpgsqlException or TimeoutException,
        };
        throw isAway
            ? new NpgsqlException($"The migration {result.ErrorScript?.Name} was interrupted: {result.Error.Message}", result.Error)
            : new ConfigurationProblem($"The migration {result.ErrorScript?.Name} failed, and nothing of it was kept: {result.Error.Message}");
    }

    /// <summary>A schema of a newer version means something else by what it holds: this program must leave it alone.</summary>
    private static async Task RequireNoNewer(NpgsqlConnection guard, IReadOnlyList<SqlScript> scripts, CancellationToken ct)
    {
        await using var exists = new NpgsqlCommand("select to_regclass('public.schema_version') is not null", guard);
        if (!(bool)(await exists.ExecuteScalarAsync(ct))!)
        {
            return;
        }

        await using var ask = new NpgsqlCommand("select min(scriptname) from public.schema_version where scriptname <> all($1)", guard)
        {
            Parameters = { new() { Value = scripts.Select(script => script.Name).ToArray() } },
        };
        if (await ask.ExecuteScalarAsync(ct) is string unknown)
        {
            throw new ConfigurationProblem(
                $"The schema of the database is newer than this program ({SharedKernel.Build.Version}), which does not know its migration {unknown}: "
                + "start a program of that version or a newer one");
        }
    }

    /// <summary>Gives a sign of life while the migrations run, so that the lock of a process that stands still is free soon, and only that.</summary>
    private static async Task Hold(NpgsqlConnection guard, CancellationToken done)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_silence / 5, done);
                await Run(guard, "select 1", done);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or NpgsqlException)
        {
            // The migrations are through, or the database is gone, which they find out themselves.
        }
    }

    /// <summary>A connection that may be silent for so long only. Statements may take as long as they need.</summary>
    private static string Limited(string connectionString, string timeout)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        settings.Options = $"-c {timeout}={_silence.TotalMilliseconds:0} {settings.Options}".Trim();
        return settings.ConnectionString;
    }

    private static async Task Run(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
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
