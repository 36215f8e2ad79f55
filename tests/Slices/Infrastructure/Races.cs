using Dapper;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>Pairs of transactions of which a test says who comes first.</summary>
internal static class Races
{
    /// <summary>Changes a row as soon as it is there, and commits when another transaction has come to wait for it.</summary>
    public static async Task Wins(this NpgsqlDataSource database, string table, string row, string change)
    {
        await using var first = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await first.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Wait.Until(async () => await first.ExecuteAsync($"update {table} set {change}, touched = clock_timestamp() where {row}") > 0, what: "the row is there");
        await database.WaitedFor(first);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until another transaction waits for what <paramref name="first"/> has locked.</summary>
    public static async Task WaitedFor(this NpgsqlDataSource database, NpgsqlConnection first)
    {
        var holder = await first.ExecuteScalarAsync<int>("select pg_backend_pid()");
        await using var observer = await database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await Wait.Until(
            async () => await observer.ExecuteScalarAsync<bool>(
                "select exists (select from pg_stat_activity where datname = current_database() and @holder = any(pg_blocking_pids(pid)))", new { holder }),
            what: "another waits for the row");
    }
}
