using Nico.Host.Database;
using Npgsql;

namespace Nico.Host.Operations;

/// <summary>Whether this process can serve: the schema is in place and the database can be reached.</summary>
internal sealed class Readiness(NpgsqlDataSource source, Primaries primaries, DatabaseWatch watch)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(3);

    private volatile bool _prepared;

    /// <summary>True once migrations have been applied and configured sites taken over.</summary>
    public bool IsPrepared => _prepared;

    /// <summary>Called once, by the start.</summary>
    public void Prepared() => _prepared = true;

    /// <summary>What is wrong though this process can serve.</summary>
    public string[] Warnings => watch.Warning is { } clock ? [clock] : [];

    /// <summary>Null when ready, else what is missing.</summary>
    public async Task<string?> Problem(CancellationToken ct)
    {
        if (!_prepared)
        {
            return "The database is not prepared yet";
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_patience);
        try
        {
            await using var ask = source.CreateCommand("select 1");
            await ask.ExecuteScalarAsync(limit.Token);
            return null;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or TimeoutException or System.Net.Sockets.SocketException)
        {
            return primaries.Refused ?? "The database cannot be reached";
        }
    }
}
