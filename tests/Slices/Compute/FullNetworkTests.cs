using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Networks without free addresses: Nico's own count answers, the site is not asked, and nothing is left behind.</summary>
public sealed class FullNetworkTests(TestHost host) : IAsyncLifetime
{
    private InstanceWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await InstanceWorld.Make(host.Host, "dgx-h100=10");

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_full_VPC_prefix_is_400_for_one_instance_for_many_and_for_a_change()
    {
        var full = await _world.MakePrefix(_world.Vpc, length: 31);
        await _world.Create(order => order["interfaces"] = new JsonArray(_world.OnPrefix(full)));
        var order = _world.Order();
        order["interfaces"] = new JsonArray(_world.OnPrefix(full));
        var calls = Calls();
        var error = (await _world.Client.Post("instance", order)).Fails(400, "interfaces.0.vpcPrefixId");
        Assert.Contains(full.ToString(), error["data"]!["interfaces"]!["0"]!["vpcPrefixId"].Text(), StringComparison.Ordinal);

        // The machine and the name are free: the same order elsewhere is taken.
        order["interfaces"] = new JsonArray(_world.OnPrefix());
        var other = await _world.Ready((await _world.Client.Post("instance", order)).Is(201)["id"].Id());
        (await _world.Client.Patch($"instance/{other["id"]}", new JsonObject { ["interfaces"] = new JsonArray(_world.OnPrefix(full)) })).Fails(400, "interfaces.0.vpcPrefixId");
        Assert.Equal("Ready", (await _world.Get(other["id"].Id()))["interfaces"]![0]!["status"].Text());

        // Two links, and three would be needed; two are taken.
        var roomy = await _world.MakePrefix(_world.Vpc, length: 30);
        var type = await _world.MakeType([_world.Machine(), _world.Machine(), _world.Machine()]);
        await _world.Allocate(type, 3);
        var batch = _world.BatchOf(type, 3, topologyOptimized: false);
        batch["interfaces"] = new JsonArray(_world.OnPrefix(roomy));
        (await _world.Client.Post("instance/batch", batch)).Fails(400, "interfaces.0.vpcPrefixId");
        Assert.Equal((calls.One + 1, calls.Many, calls.Change), Calls());
        batch["count"] = 2;
        Assert.Equal(2, (await _world.Client.Post("instance/batch", batch)).Is(201).AsArray().Count);
    }

    [Fact]
    public async Task A_full_subnet_is_400()
    {
        var subnet = (await _world.Client.Post("subnet", new { name = InstanceWorld.NewName(), vpcId = _world.SwitchedVpc, ipv4BlockId = _world.Block, prefixLength = 30 })).Is(201)["id"].Id();
        await _world.Client.Eventually($"subnet/{subnet}", s => s["status"].Text() == "Ready");
        await _world.Create(On);
        var order = _world.Order();
        On(order);
        var calls = Calls();
        (await _world.Client.Post("instance", order)).Fails(400, "interfaces.0.subnetId");
        Assert.Equal(calls, Calls());

        void On(JsonObject order)
        {
            order["vpcId"] = _world.SwitchedVpc;
            order["interfaces"] = new JsonArray(_world.OnSubnet(subnet));
        }
    }

    [Fact]
    public async Task Of_those_that_want_the_last_places_as_many_get_one_as_there_are()
    {
        var prefix = await _world.MakePrefix(_world.Vpc, length: 30);
        var calls = Calls();
        var orders = Enumerable.Range(0, 6).Select(_ => _world.Order()).ToArray();
        var answers = await Task.WhenAll(orders.Select(order =>
        {
            order["interfaces"] = new JsonArray(_world.OnPrefix(prefix));
            return _world.Client.Post("instance", order);
        }));
        Assert.Equal(2, answers.Count(answer => answer.Status == 201));
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.Fails(400, "interfaces.0.vpcPrefixId"));
        Assert.Equal(calls.One + 2, Calls().One);
    }

    [Fact]
    public async Task Interfaces_that_are_replaced_take_no_place_twice_and_are_counted_once()
    {
        var prefix = await _world.MakePrefix(_world.Vpc, length: 30);
        var instance = await _world.CreateReady(order => order["interfaces"] = new JsonArray(_world.OnPrefix(prefix)));
        var down = _world.Simulated.Faults.Add(Fault.Down());
        for (var i = 0; i < 4; i++)
        {
            (await _world.Client.Patch($"instance/{instance["id"]}", new JsonObject { ["interfaces"] = new JsonArray(_world.OnPrefix(prefix)) })).Is(200);
            Assert.Equal(2, (await _world.Client.Get($"vpc-prefix/{prefix}?includeUsageStats=true")).Is(200)["usageStats"]!["acquiredIPs"].Number());
        }

        _world.Simulated.Faults.Remove(down.Id!);
        await _world.CreateReady(order => order["interfaces"] = new JsonArray(_world.OnPrefix(prefix)));
        Assert.Equal(4, (await _world.Client.Get($"vpc-prefix/{prefix}?includeUsageStats=true")).Is(200)["usageStats"]!["acquiredIPs"].Number());
    }

    /// <summary>Of pools that only the site knows.</summary>
    [Fact]
    public async Task A_site_that_has_run_out_of_something_is_429_and_nothing_stays()
    {
        var faults = _world.Simulated.Faults;
        var fault = faults.Add(Fault.Refuse("AllocateInstance", StatusCode.ResourceExhausted, count: null, message: "no address left"));
        var order = _world.Order();
        var error = (await _world.Client.Post("instance", order)).Is(429);
        Assert.Contains("no address left", error["message"].Text(), StringComparison.Ordinal);
        Assert.Null(error["data"]);
        faults.Remove(fault.Id!);
        var instance = await _world.Ready((await _world.Client.Post("instance", order)).Is(201)["id"].Id());
        var refuse = faults.Add(Fault.Refuse("UpdateInstanceConfig", StatusCode.ResourceExhausted, count: null, message: "no link left"));
        (await _world.Client.Patch($"instance/{instance["id"]}", new { name = InstanceWorld.NewName() })).Is(429);
        faults.Remove(refuse.Id!);
        Assert.Equal(order["name"].Text(), (await _world.Get(instance["id"].Id()))["name"].Text());
    }

    private (int One, int Many, int Change) Calls() =>
        (_world.Received("AllocateInstance"), _world.Received("AllocateInstances"), _world.Received("UpdateInstanceConfig"));
}
