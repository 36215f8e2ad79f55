using System.Diagnostics;
using Dapper;
using Nico.Tests.Slices.Compute;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>The table by which inventory rounds are asked for, held by somebody else: whoever has changed something does not wait for it.</summary>
public sealed class WakingTests(TestHost tests)
{
    [Fact]
    public async Task Asking_for_a_round_keeps_no_request_waiting_and_is_not_forgotten()
    {
        var database = await tests.NewDatabase();
        await using var host = await TestHost.StartHost(
            database + ";Maximum Pool Size=10",
            new Dictionary<string, string?> { ["SiteLink:InventoryPeriod"] = "00:00:05", ["Logging:LogLevel:Default"] = "None" },
            tests.Issuer);
        await using var world = await InstanceWorld.Make(host, "dgx-h100=1", routedOnly: true);
        var (client, site) = (world.Client, world.Site);

        await using var source = NpgsqlDataSource.Create(database);
        await using var session = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using (var hold = await session.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await session.ExecuteAsync("lock table sitelink.poll in access exclusive mode");
            var held = Stopwatch.StartNew();
            for (var i = 0; held.Elapsed < TimeSpan.FromSeconds(4); i++)
            {
                var asked = Stopwatch.StartNew();
                (await client.Post("vpc", new { name = $"vpc {i}", siteId = site.Id })).Is(201);
                (await client.Get("vpc")).Is(200);
                Assert.True(asked.Elapsed < TimeSpan.FromSeconds(3), $"it took {asked.Elapsed}");
            }

            Assert.InRange(
                await session.ExecuteScalarAsync<int>("select count(*)::int from pg_stat_activity where wait_event_type = 'Lock' and query like '%sitelink.poll%' and datname = current_database()"), 1, 5);
        }

        // Row locks are not waited for either; and what was asked for meanwhile comes.
        DateTime ended;
        await using (var hold = await session.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            ended = await session.ExecuteScalarAsync<DateTime>("select max(ended) from (select ended from sitelink.poll for update) as held");
            (await client.Post("vpc", new { name = "last", siteId = site.Id })).Is(201);
        }

        await Wait.Until(async () => await session.ExecuteScalarAsync<bool>("select min(ended) > @ended from sitelink.poll", new { ended }));
    }
}
