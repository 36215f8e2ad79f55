using System.Diagnostics;
using System.Text.Json.Nodes;
using Dapper;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>Two replicas as processes of their own, with the defaults that an operator has but for short leases and rounds.</summary>
public sealed class TwoReplicas : IAsyncLifetime
{
    internal Fleet Fleet { get; private set; } = null!;

    internal Replica[] Replicas => Fleet.Replicas;

    internal string SiteId { get; private set; } = "";

    internal string Block { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Fleet = await Fleet.Make(
            new SimulatorOptions { SiteName = "fleet", Machines = 4, Speed = double.PositiveInfinity, Blemishes = false, Churn = 0 }, durable: false);
        await Fleet.StartReplicas(2, new Dictionary<string, string> { ["SiteLink__CallDeadline"] = "00:00:06", ["SiteLink__RequestWait"] = "00:00:06" });
        var account = await Replicas[0].Get("service-account/current");
        await Wait.Until(async () => (await Replicas[0].List("site?status=Registered")).Count == 1, seconds: 60);
        SiteId = (await Replicas[0].List("site"))[0]["id"].Text();
        var block = await Replicas[0].Make("ipblock", new()
        {
            ["name"] = "block",
            ["siteId"] = SiteId,
            ["routingType"] = "DatacenterOnly",
            ["prefix"] = "10.20.0.0",
            ["prefixLength"] = 16,
            ["protocolVersion"] = "IPv4",
        });
        await Replicas[0].Make("allocation", new()
        {
            ["name"] = "addresses",
            ["tenantId"] = account["tenantId"].Text(),
            ["siteId"] = SiteId,
            ["allocationConstraints"] = new JsonArray(new JsonObject
            {
                ["resourceType"] = "IPBlock",
                ["resourceTypeId"] = block["id"].Text(),
                ["constraintType"] = "Reserved",
                ["constraintValue"] = 20,
            }),
        });
        Block = (await Replicas[0].List($"ipblock/{block["id"].Text()}/derived"))[0]["id"].Text();
    }

    public ValueTask DisposeAsync() => Fleet.DisposeAsync();

    internal JsonObject Vpc(string name) => new() { ["name"] = name, ["siteId"] = SiteId, ["networkVirtualizationType"] = "FNN" };
}

/// <summary>Replicas whose machine is paused in the middle of what they do, and replicas that are told to stop.</summary>
public sealed class StoppedReplicaTests(TwoReplicas two) : IClassFixture<TwoReplicas>
{
    private static readonly TimeSpan _free = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task What_a_replica_held_that_stands_still_is_free_within_15_s_and_it_undoes_nothing_when_it_wakes()
    {
        var (still, other) = (two.Replicas[0], two.Replicas[1]);
        var vpc = (await other.Make("vpc", two.Vpc("held")))["id"].Text();
        await Wait.Until(async () => (await other.Get($"vpc/{vpc}"))["status"].Text() == "Ready");

        // A lock of the test's keeps the replica from writing the prefix, when it holds the block already.
        Task<(int? Status, JsonNode? Json)> asked;
        await using (var session = await two.Fleet.Session())
        {
            await using var hold = await session.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await session.ExecuteAsync("lock table networking.vpc_prefix in share row exclusive mode");
            asked = still.Ask(HttpMethod.Post, "vpc-prefix", Prefix("of the still one", vpc));
            await Wait.Until(async () => await Waiting("replica 0") > 0);
            await still.Signal("STOP");
        }

        var watch = Stopwatch.StartNew();
        var (status, made) = await other.Ask(HttpMethod.Post, "vpc-prefix", Prefix("of the other", vpc));
        Assert.True(status == 201 && watch.Elapsed < _free, $"{status} after {watch.Elapsed}: {made}");

        await still.Signal("CONT");
        var answer = await asked;
        Assert.True(answer.Status == 503, $"{answer.Status} {answer.Json}");
        Assert.Equal("of the other", Assert.Single(await still.List("vpc-prefix"))["name"].Text());
        Assert.Equal((made!["prefix"].Text(), 1), (
            await two.Fleet.Read<string>("select prefix::text from networking.carving where kind = 'vpc-prefix'"),
            await two.Fleet.Read<int>("select count(*)::int from networking.carving where kind = 'vpc-prefix'")));
    }

    [Fact]
    public async Task Sites_are_read_on_by_others_while_a_replica_stands_still_with_the_inventory()
    {
        var machine = two.Fleet.Site.MachineIds[0];
        string name;
        await using (var session = await two.Fleet.Session())
        {
            await using var hold = await session.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await session.ExecuteAsync("select id from hardware.machine where id = @machine for update", new { machine });
            two.Fleet.Site.Faults.Add(Fault.Alert(machine, "PreventAllocations"));
            await Wait.Until(async () => await Waiting("replica 0") + await Waiting("replica 1") > 0);
            name = await two.Fleet.Read<string>("select min(application_name) from pg_stat_activity where wait_event_type = 'Lock' and application_name like 'replica %'");
            await two.Replicas[name[^1] - '0'].Signal("STOP");
        }

        // What it has begun to write is not seen: the machine has no alert yet, and will have none.
        two.Fleet.Site.Faults.Clear();
        var (still, other) = (two.Replicas[name[^1] - '0'], two.Replicas['1' - name[^1]]);
        var watch = Stopwatch.StartNew();
        var from = await two.Fleet.Read<DateTime>("select clock_timestamp()");
        while (await two.Fleet.Read<int>($"select count(*)::int from sitelink.poll where coalesce(ended, '-infinity') <= timestamptz '{from:O}'") > 0)
        {
            Assert.True(watch.Elapsed < _free, "the site was not read again");
            Assert.Equal("Registered", (await other.Get($"site/{two.SiteId}"))["status"].Text());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        Assert.True(await two.Fleet.Read<int>("select count(*)::int from pg_stat_activity where application_name like 'replica %'") < 30);
        var vpc = (await other.Make("vpc", two.Vpc("meanwhile")))["id"].Text();
        await Wait.Until(async () => (await other.Get($"vpc/{vpc}"))["status"].Text() == "Ready");

        await still.Signal("CONT");
        Assert.Equal("Ready", (await still.Get($"vpc/{vpc}"))["status"].Text());
        from = await two.Fleet.Read<DateTime>("select clock_timestamp()");
        await Wait.Until(async () => await two.Fleet.Read<int>($"select count(*)::int from sitelink.poll where started <= timestamptz '{from:O}' or ended is null or ended <= started") == 0);
        foreach (var replica in two.Replicas)
        {
            Assert.Equal("Registered", (await replica.Get($"site/{two.SiteId}"))["status"].Text());
            Assert.DoesNotContain("\"Error\"", (await replica.Get($"site/{two.SiteId}/status-history")).ToJsonString());
            Assert.Empty((await replica.Get($"machine/{machine}"))["health"]?["alerts"]?.AsArray() ?? []);
        }
    }

    [Fact]
    public async Task Who_waits_for_a_site_is_answered_when_a_replica_is_told_to_stop()
    {
        var (leaving, other) = (two.Replicas[0], two.Replicas[1]);
        two.Fleet.Site.Faults.Add(Fault.Slow(TimeSpan.FromSeconds(5), "CreateVpc"));
        var asked = Enumerable.Range(0, 8).Select(i => leaving.Ask(HttpMethod.Post, "vpc", two.Vpc($"leaving {i}"))).ToArray();
        await Wait.Until(async () => await UnderWay() == 8);
        var watch = Stopwatch.StartNew();
        await leaving.Signal("TERM");
        foreach (var (status, vpc) in await Task.WhenAll(asked))
        {
            Assert.True(status == 201 && vpc!["status"].Text() == "Pending", $"after {watch.Elapsed}: {status} {vpc}");
        }

        two.Fleet.Site.Faults.Clear();
        Assert.Equal(0, await leaving.Ended());
        await Wait.Until(async () => (await other.List("vpc?pageSize=100")).Where(vpc => vpc["name"].Text().StartsWith("leaving", StringComparison.Ordinal)).All(vpc => vpc["status"].Text() == "Ready"));
        Assert.Equal(8, (await other.List("vpc?pageSize=100")).Count(vpc => vpc["name"].Text().StartsWith("leaving", StringComparison.Ordinal)));

        // Started in the background of a script, where SIGINT is ignored unless it is asked for.
        await leaving.Start(inBackground: true);
        await leaving.Get("vpc");
        await leaving.Signal("INT");
        Assert.Equal(0, await leaving.Ended());
        await leaving.Start();
    }

    private JsonObject Prefix(string name, string vpc) => new() { ["name"] = name, ["vpcId"] = vpc, ["ipBlockId"] = two.Block, ["prefixLength"] = 26 };

    private Task<int> UnderWay() => two.Fleet.Read<int>("select count(*)::int from sitelink.command where kind = 'vpc' and state = 'Sending'");

    private Task<int> Waiting(string replica) => two.Fleet.Read<int>(
        $"select count(*)::int from pg_stat_activity where wait_event_type = 'Lock' and application_name = '{replica}'");
}
