using System.Collections.Concurrent;
using Npgsql;

namespace Nico.Host.Database;

/// <summary>
/// Which primary is the present one. PostgreSQL begins a new timeline when a standby is promoted: a primary on an older one was replaced,
/// and what is written to it is lost. The newest that was seen is kept here and, for processes to come, in the database.
/// </summary>
internal sealed class Primaries
{
    /// <summary>The database system, and its timeline unless it is a standby.</summary>
    internal const string Identity = """
        select system_identifier::text,
          case when not pg_is_in_recovery() then ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer end
        from pg_control_system()
        """;

    private readonly ConcurrentDictionary<string, int> _newest = [];

    /// <summary>Raised when a primary was seen that replaced another.</summary>
    public event Action? Replaced;

    /// <summary>Why a primary was refused, as long as none was accepted since.</summary>
    public string? Refused { get; private set; }

    /// <summary>Refuses the connection to a primary that was replaced.</summary>
    /// <exception cref="ReplacedPrimary">The primary was replaced.</exception>
    public async Task Require(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await Ask(connection, ct) is not { } found)
        {
            return;
        }

        Saw(found.System, found.Timeline);
        if (_newest.GetValueOrDefault(found.System) is var newest && found.Timeline < newest)
        {
            Refused = $"The database at {connection.Host}:{connection.Port} is a primary that was replaced: it is on timeline {found.Timeline}, "
                + $"and timeline {newest} was seen. Stop it";
            throw new ReplacedPrimary(Refused);
        }

        Refused = null;
    }

    /// <summary>Takes note of a timeline, whoever saw it.</summary>
    public void Saw(string system, int timeline)
    {
        while (true)
        {
            var known = _newest.GetOrAdd(system, timeline);
            if (known >= timeline)
            {
                return;
            }

            if (_newest.TryUpdate(system, timeline, known))
            {
                Replaced?.Invoke();
                return;
            }
        }
    }

    /// <summary>System and timeline of a primary; null for a standby, and where the role may not ask.</summary>
    internal static async Task<(string System, int Timeline)?> Ask(NpgsqlConnection connection, CancellationToken ct)
    {
        try
        {
            await using var ask = new NpgsqlCommand(Identity, connection);
            await using var row = await ask.ExecuteReaderAsync(ct);
            return await row.ReadAsync(ct) && !row.IsDBNull(1) ? (row.GetString(0), row.GetInt32(1)) : null;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedFunction)
        {
            return null;
        }
    }
}

/// <summary>The server is a primary that was replaced by another.</summary>
internal sealed class ReplacedPrimary(string message) : NpgsqlException(message);
