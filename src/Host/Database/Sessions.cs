using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Npgsql;

namespace Nico.Host.Database;

/// <summary>How this process connects to the database: limits for every session, and no session with a primary that was replaced.</summary>
internal static class Sessions
{
    /// <summary>Registers the data source, and who watches the database.</summary>
    public static void AddDatabase(this IServiceCollection services, string connectionString)
    {
        services.AddOptions<DatabaseOptions>()
            .BindConfiguration(DatabaseOptions.Section)
            .Checked();
        services.AddSingleton<Primaries>();
        services.AddSingleton(provider => DataSource(
            connectionString, provider.GetRequiredService<IOptions<DatabaseOptions>>().Value, provider.GetRequiredService<Primaries>()));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<DatabaseWatch>(provider, connectionString));
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseWatch>());
    }

    /// <summary>The data source of the process.</summary>
    public static NpgsqlDataSource DataSource(string connectionString, DatabaseOptions options, Primaries primaries)
    {
        var builder = new NpgsqlDataSourceBuilder(Settings(connectionString, options).ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            connection => primaries.Require(connection, CancellationToken.None).GetAwaiter().GetResult(),
            connection => primaries.Require(connection, CancellationToken.None));
        var source = builder.Build();
        primaries.Replaced += source.Clear;
        return source;
    }

    /// <summary>The connection string with what it leaves open. What it says counts.</summary>
    internal static NpgsqlConnectionStringBuilder Settings(string connectionString, DatabaseOptions options)
    {
        // Npgsql's own builder answers for every keyword that it contains it.
        var given = new DbConnectionStringBuilder { ConnectionString = connectionString };
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!Says(given, "Max Auto Prepare"))
        {
            settings.MaxAutoPrepare = 200;
        }

        // A unix socket knows no keep-alive.
        var isTcp = settings.Host?.Split(',').Any(host => host.StartsWith('/') || host.StartsWith('@')) == false;
        if (isTcp && options.TcpTimeout > TimeSpan.Zero && !Says(given, "TCP Keepalive") && !Says(given, "TCP Keepalive Time"))
        {
            settings.TcpKeepAlive = true;
            settings.TcpKeepAliveTime = Seconds(options.TcpTimeout / 2);
            settings.TcpKeepAliveInterval = Seconds(options.TcpTimeout / 5);
        }

        // Of two options that say the same, the later one counts.
        var limits = Limits(options).Select(limit => $"-c {limit.Name}={limit.Value}").ToArray();
        if (limits.Length > 0)
        {
            settings.Options = $"{string.Join(' ', limits)} {settings.Options}".Trim();
        }

        // Nothing is kept in a session (BorderTests), so that a connection can go to the next without being reset.
        settings.NoResetOnClose = true;
        settings.ApplicationName ??= "nico";
        return settings;
    }

    private static IEnumerable<(string Name, string Value)> Limits(DatabaseOptions options)
    {
        foreach (var (name, limit) in new[]
        {
            ("idle_in_transaction_session_timeout", options.IdleInTransaction),
            ("lock_timeout", options.LockTimeout),
            ("statement_timeout", options.StatementTimeout),
            ("tcp_user_timeout", options.TcpTimeout),
        })
        {
            if (limit > TimeSpan.Zero)
            {
                yield return (name, ((long)limit.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
            }
        }

        if (options.TcpTimeout > TimeSpan.Zero)
        {
            yield return ("tcp_keepalives_idle", Seconds(options.TcpTimeout / 2).ToString(CultureInfo.InvariantCulture));
            yield return ("tcp_keepalives_interval", Seconds(options.TcpTimeout / 5).ToString(CultureInfo.InvariantCulture));
            yield return ("tcp_keepalives_count", "3");
        }
    }

    private static int Seconds(TimeSpan span) => Math.Max(1, (int)span.TotalSeconds);

    private static bool Says(DbConnectionStringBuilder given, string keyword) =>
        given.ContainsKey(keyword) || given.ContainsKey(keyword.Replace(" ", "", StringComparison.Ordinal));
}
