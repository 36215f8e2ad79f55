using System.Diagnostics.Metrics;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Nico.Host.Database;

/// <summary>
/// Looks at the database now and then: how far its clock is from this process's, and which of its hosts is the present primary.
/// </summary>
internal sealed partial class DatabaseWatch : BackgroundService
{
    /// <summary>Name of its meter.</summary>
    public const string MeterName = "Nico.Database";

    private const string Look = """
        select clock_timestamp(), (select timeline from host.primary where system_identifier = @system)
        """;

    private const string Keep = """
        insert into host.primary as known (system_identifier, timeline, seen)
        values (@system, @timeline, clock_timestamp())
        on conflict (system_identifier) do update
        set timeline = excluded.timeline, seen = excluded.seen
        where known.timeline < excluded.timeline
        """;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan _silence = TimeSpan.FromMinutes(1);

    private readonly NpgsqlDataSource _source;
    private readonly Primaries _primaries;
    private readonly DatabaseOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<DatabaseWatch> _log;
    private readonly Meter _meter = new(MeterName);
    private readonly NpgsqlConnectionStringBuilder[] _hosts;
    private TimeSpan _skew;
    private long? _said;

    public DatabaseWatch(
        string connectionString,
        NpgsqlDataSource source,
        Primaries primaries,
        IOptions<DatabaseOptions> options,
        TimeProvider clock,
        ILogger<DatabaseWatch> log)
    {
        (_source, _primaries, _options, _clock, _log) = (source, primaries, options.Value, clock, log);
        _hosts = Hosts(connectionString);
        _meter.CreateObservableGauge(
            "nico.database.clock.skew", () => _skew.TotalSeconds, "s", "How far this process's clock is ahead of the database's");
    }

    /// <summary>What is wrong with the clock; null when nothing is.</summary>
    public string? Warning { get; private set; }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    /// <summary>
    /// Asks each of several hosts which timeline it is on: a pool may know one of them only, and that the wrong one. How to connect to the
    /// present primary alone; null when there is one host, or none of them is a primary.
    /// </summary>
    public async Task<string?> AskHosts(CancellationToken ct)
    {
        var timelines = await Task.WhenAll(_hosts.Select(host => AskHost(host, ct)));
        return timelines.Max() is { } newest ? _hosts[Array.IndexOf(timelines, newest)].ConnectionString : null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await AskHosts(stoppingToken);
                await LookAt(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or OperationCanceledException)
            {
                // Whoever needs the database says so. What is refused is said here.
                if (_primaries.Refused is { } reason && IsTimeToSay())
                {
                    Refused(_log, reason);
                }
            }

            await Task.Delay(_options.Look, _clock, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private static NpgsqlConnectionStringBuilder[] Hosts(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        return settings.Host?.Split(',') is { Length: > 1 } hosts
            ? [.. hosts.Select(host =>
            {
                var one = new NpgsqlConnectionStringBuilder(connectionString)
                {
                    Host = host,
                    Pooling = false,
                    Timeout = (int)_patience.TotalSeconds,
                };
                one.Remove("Target Session Attributes");
                one.Remove("Load Balance Hosts");
                return one;
            })]
            : [];
    }

    private async Task<int?> AskHost(NpgsqlConnectionStringBuilder host, CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(host.ConnectionString);
            await connection.OpenAsync(ct);
            if (await Primaries.Ask(connection, ct) is { } found)
            {
                _primaries.Saw(found.System, found.Timeline);
                return found.Timeline;
            }
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            // Away: then it is no primary to anybody.
        }

        return null;
    }

    private async Task LookAt(CancellationToken ct)
    {
        await using var connection = await _source.OpenConnectionAsync(ct);
        var found = await Primaries.Ask(connection, ct);
        var (before, began) = (_clock.GetUtcNow().UtcDateTime, _clock.GetTimestamp());
        await using (var look = new NpgsqlCommand(Look, connection) { Parameters = { new("system", found?.System ?? "") } })
        await using (var row = await look.ExecuteReaderAsync(ct))
        {
            await row.ReadAsync(ct);
            Compare(row.GetDateTime(0), before, _clock.GetElapsedTime(began));
            if (found is not { } primary || (!row.IsDBNull(1) && row.GetInt32(1) == primary.Timeline))
            {
                return;
            }
        }

        await using var keep = new NpgsqlCommand(Keep, connection)
        {
            Parameters = { new("system", found.Value.System), new("timeline", found.Value.Timeline) },
        };
        await keep.ExecuteNonQueryAsync(ct);
    }

    private void Compare(DateTime theirs, DateTime before, TimeSpan took)
    {
        _skew = before + (took / 2) - theirs;
        if (_skew.Duration() - (took / 2) <= _options.ClockTolerance)
        {
            Warning = null;
            return;
        }

        var side = _skew > TimeSpan.Zero ? "ahead of" : "behind";
        Warning = $"The clock of this process is {_skew.Duration().TotalSeconds:0.0} s {side} the database's";
        if (IsTimeToSay())
        {
            Differs(_log, Warning);
        }
    }

    private bool IsTimeToSay()
    {
        if (_said is { } said && _clock.GetElapsedTime(said) < _silence)
        {
            return false;
        }

        _said = _clock.GetTimestamp();
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}: times that are shown, and the expiry of tokens, are wrong by that")]
    private static partial void Differs(ILogger log, string warning);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Reason}")]
    private static partial void Refused(ILogger log, string reason);
}
