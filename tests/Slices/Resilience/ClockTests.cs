using System.Text.Json.Nodes;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Compute;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>A replica whose clock is half an hour ahead, beside one whose clock is right.</summary>
public sealed class ClockTests(TestHost tests) : IAsyncLifetime
{
    private readonly Dictionary<string, string?> _settings = new() { ["SiteLink:Look"] = "00:00:00.200", ["Database:Look"] = "00:00:00.200", ["Logging:LogLevel:Default"] = "None" };
    private string _database = "";
    private RunningHost _right = null!;
    private RunningHost _wrong = null!;
    private InstanceWorld _world = null!;

    private ApiClient Client => _world.Client;

    public async ValueTask InitializeAsync()
    {
        _database = await tests.NewDatabase();
        _right = await TestHost.StartHost(_database, _settings, tests.Issuer);
        _world = await InstanceWorld.Make(_right, "dgx-h100=1", routedOnly: true);
        _wrong = await TestHost.StartHost(_database, _settings, tests.Issuer, new Ahead(TimeSpan.FromMinutes(30)));
    }

    public async ValueTask DisposeAsync()
    {
        await _wrong.DisposeAsync();
        await _world.DisposeAsync();
        await _right.DisposeAsync();
    }

    [Fact]
    public async Task It_says_so()
    {
        using var http = new HttpClient();
        await Wait.Until(async () => (await Ready(http, _wrong))["warnings"] is JsonArray { Count: 1 } warnings && warnings[0].Text().Contains("1800", StringComparison.Ordinal));
        Assert.Null((await Ready(http, _right))["warnings"]);
        var metrics = await http.GetStringAsync(new Uri(_wrong.OperatorAddress, "/metrics"), TestContext.Current.CancellationToken);
        var skew = metrics.Split('\n').First(line => line.StartsWith("nico_database_clock_skew_seconds{", StringComparison.Ordinal));
        Assert.InRange(double.Parse(skew.Split('}')[1].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), 1790, 1810);
    }

    [Fact]
    public async Task It_takes_nothing_over_and_nothing_that_it_wrote_lies_in_the_future()
    {
        // The command is the request's own process's for as long as it is carried.
        await Wait.Until(async () => (await _wrong.AsServiceAccount(Client.Org).Get("vpc")).Status == 200);
        _world.Simulated.Faults.Add(Fault.Slow(TimeSpan.FromSeconds(2), "CreateVpc", 1));
        var carried = (await Client.Post("vpc", new { name = "carried", siteId = _world.Site.Id })).Is(201);
        Assert.Equal("Ready", carried["status"].Text());
        Assert.Equal(1, await Count($"select attempts from sitelink.command where resource_id = '{carried["id"].Text()}'"));

        // What the replica with the wrong clock has touched is compared with what sites report at once, by the other.
        var made = (await _wrong.AsServiceAccount(Client.Org).Post("vpc", new { name = "made", siteId = _world.Site.Id })).Is(201)["id"].Text();
        await Client.Eventually($"vpc/{made}", vpc => vpc["status"].Text() == "Ready");
        Assert.Equal(0, await Count("select count(*)::int from sitelink.command where due > clock_timestamp() + interval '1 minute' or closed > clock_timestamp()"));
        Assert.Equal(0, await Count("select count(*)::int from sitelink.poll where due > clock_timestamp() + interval '1 minute' or started > clock_timestamp()"));
        Assert.Equal(0, await Count("select count(*)::int from networking.vpc where touched > clock_timestamp()"));
        Assert.Equal(0, await Count("select count(*)::int from hardware.site where inventory_received > clock_timestamp()"));
        Assert.Equal("Registered", (await Client.Get($"site/{_world.Site.Id}")).Is(200)["status"].Text());
        await _wrong.DisposeAsync();
        _world.Simulated.Faults.Add(Fault.Lose("vpc", made));
        await Client.Eventually($"vpc/{made}", vpc => vpc["status"].Text() == "Error");
        _wrong = await TestHost.StartHost(_database, _settings, tests.Issuer, new Ahead(TimeSpan.FromMinutes(30)));
    }

    private static async Task<JsonNode> Ready(HttpClient http, RunningHost host) =>
        JsonNode.Parse(await http.GetStringAsync(new Uri(host.Address, "/readyz"), TestContext.Current.CancellationToken))!;

    private async Task<int> Count(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_database);
        await using var command = source.CreateCommand(sql);
        return (int)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private sealed class Ahead(TimeSpan time) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + time;
    }
}
