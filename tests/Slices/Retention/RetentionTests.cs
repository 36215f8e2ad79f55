using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Nico.SharedKernel.Retention;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Retention;

/// <summary>What only grows is kept for a limited time.</summary>
public sealed class RetentionTests(TestHost host)
{
    private static readonly string[] _schemas = ["identity", "networking", "compute", "hardware"];

    [Fact]
    public async Task What_is_too_old_goes_but_the_newest_entry_of_each_history()
    {
        var database = await host.NewDatabase();
        await using var running = await TestHost.StartHost(database, Settings(), host.Issuer);
        await using var connection = await Open(database);
        foreach (var schema in _schemas)
        {
            // 25 resources with 4 old entries and a new one, 25 that have old entries only: many batches.
            await connection.ExecuteAsync(
                $"""
                insert into {schema}.status_history (id, kind, resource_id, status, message, created)
                select gen_random_uuid(), 'thing', 'lively-' || number, 'Ready', 'entry ' || age, now() - (age * 40) * interval '1 day'
                from generate_series(1, 25) as number, generate_series(0, 4) as age
                union all
                select gen_random_uuid(), 'thing', 'quiet-' || number, 'Ready', 'entry ' || age, now() - (age * 40) * interval '1 day'
                from generate_series(1, 25) as number, generate_series(1, 4) as age
                """);
        }

        await connection.ExecuteAsync(
            """
            insert into audit.entry (id, endpoint, query_params, method, body, status_code, status_message, client_ip, org_name, timestamp, duration_ms, api_version)
            select gen_random_uuid(), '/v2/org/x/nico/vpc', '{}', 'POST', '{}', 201, '', '', 'x', now() - age * interval '1 day', 1, 'x'
            from generate_series(1, 100) as age
            """);

        foreach (var schema in _schemas)
        {
            await Wait.Until(async () => await Count(connection, $"select count(*) from {schema}.status_history") == 50);
            Assert.Equal(25, await Count(connection, $"select count(*) from {schema}.status_history where resource_id like 'lively-%' and message = 'entry 0'"));
            Assert.Equal(25, await Count(connection, $"select count(*) from {schema}.status_history where resource_id like 'quiet-%' and message = 'entry 1'"));
        }

        await Wait.Until(async () => await Count(connection, "select count(*) from audit.entry") == 59);
        Assert.Equal(0, await Count(connection, "select count(*) from audit.entry where timestamp < now() - interval '60 days'"));

        using var http = new HttpClient { BaseAddress = running.OperatorAddress };
        var metrics = await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Contains(metrics.Split('\n'), line => line.StartsWith("nico_retention_removed_total{", StringComparison.Ordinal) && line.Contains("hardware.status_history", StringComparison.Ordinal));
        Assert.Contains(metrics.Split('\n'), line => line.StartsWith("nico_retention_removed_total{", StringComparison.Ordinal) && line.Contains("audit.entry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_process_that_is_at_it_is_left_alone()
    {
        var database = await host.NewDatabase();
        await using var running = await TestHost.StartHost(database, Settings(), host.Issuer);
        await using var other = await Open(database);
        await using var transaction = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('retention/hardware.status_history', 0))");
        await using var connection = await Open(database);
        foreach (var schema in new[] { "hardware", "compute" })
        {
            await connection.ExecuteAsync(
                $"""
                insert into {schema}.status_history (id, kind, resource_id, status, created)
                select gen_random_uuid(), 'thing', 'one', 'Ready', now() - age * interval '100 days'
                from generate_series(0, 1) as age
                """);
        }

        await Wait.Until(async () => await Count(connection, "select count(*) from compute.status_history") == 1);
        await Wait.Until(async () => await Count(connection, "select count(*) from compute.status_history") == 1);
        Assert.Equal(2, await Count(connection, "select count(*) from hardware.status_history"));
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await Wait.Until(async () => await Count(connection, "select count(*) from hardware.status_history") == 1);
    }

    [Fact]
    public async Task Everything_that_is_kept_has_its_limit_by_default_and_none_with_0()
    {
        var retained = host.Services.GetServices<IRetained>().ToList();
        Assert.Equal(
            ["audit.entry", "compute.status_history", "hardware.status_history", "identity.status_history", "networking.status_history"],
            retained.Select(entries => entries.Name).Order());
        Assert.All(retained, entries => Assert.True(entries.Limit(new RetentionOptions()) >= TimeSpan.FromDays(180)));

        var database = await host.NewDatabase();
        var settings = Settings();
        settings["Retention:StatusHistory"] = "0";
        await using var running = await TestHost.StartHost(database, settings, host.Issuer);
        await using var connection = await Open(database);
        await connection.ExecuteAsync(
            """
            insert into hardware.status_history (id, kind, resource_id, status, created)
            select gen_random_uuid(), 'thing', 'one', 'Ready', now() - age * interval '100 days'
            from generate_series(0, 1) as age;
            insert into audit.entry (id, endpoint, query_params, method, body, status_code, status_message, client_ip, org_name, timestamp, duration_ms, api_version)
            values (gen_random_uuid(), '/v2/org/x/nico/vpc', '{}', 'POST', '{}', 201, '', '', 'x', now() - interval '100 days', 1, 'x')
            """);
        await Wait.Until(async () => await Count(connection, "select count(*) from audit.entry") == 0);
        Assert.Equal(2, await Count(connection, "select count(*) from hardware.status_history"));
    }

    [Fact]
    public async Task A_senseless_limit_stops_the_start()
    {
        var settings = Settings();
        settings["Retention:Audit"] = "-1";
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () => await TestHost.StartHost(await host.NewDatabase(), settings, host.Issuer));
        Assert.Contains("Retention", failure.ToString(), StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Settings() => new()
    {
        ["Retention:StatusHistory"] = "30",
        ["Retention:Audit"] = "59.12:00:00",
        ["Retention:Period"] = "00:00:00.100",
        ["Retention:Batch"] = "7",
    };

    private static async Task<NpgsqlConnection> Open(string database)
    {
        var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private static Task<long> Count(NpgsqlConnection connection, string sql) => connection.ExecuteScalarAsync<long>(sql);
}
