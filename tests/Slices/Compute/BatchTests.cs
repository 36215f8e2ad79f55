using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Several instances at once, all or none. spec/30-instance.md, sections 6 and 15.2.</summary>
public sealed class BatchTests(TestHost host) : IAsyncLifetime
{
    private InstanceWorld _world = null!;
    private ILookup<string?, string> _domains = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await InstanceWorld.Make(host.Host, "gb200=24,dgx-h100=3", routedOnly: true);
        _domains = await _world.Machines();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    /// <summary>Machines of the larger domain, of the smaller one, and of none.</summary>
    private (string[] Large, string[] Small, string[] None) Split()
    {
        var racks = _domains.Where(domain => domain.Key is not null).OrderByDescending(domain => domain.Count()).ToArray();
        return ([.. racks[0]], [.. racks[1]], [.. _domains[null]]);
    }

    [Fact]
    public async Task All_are_made_on_one_domain_by_one_call_and_answered_in_order()
    {
        var (large, small, none) = Split();
        Assert.Equal((18, 6, 3), (large.Length, small.Length, none.Length));
        var type = await _world.MakeType([.. large, .. small, .. none]);
        await _world.Allocate(type, 20);
        var order = _world.BatchOf(type, 18);
        order["labels"] = new JsonObject { ["team"] = "x" };
        var made = (await _world.Client.Post("instance/batch", order)).Is(201).AsArray();
        Assert.Equal(18, made.Count);
        var prefix = order["namePrefix"].Text();
        var first = made[0]!["name"].Text();
        Assert.Matches($"^{prefix}-[0-9a-f]{{6}}-1$", first);
        Assert.Equal(Enumerable.Range(1, 18).Select(i => first[..^1] + i), made.Select(instance => instance!["name"].Text()));
        Assert.Equal(large.Order(), made.Select(instance => instance!["machineId"].Text()).Order());
        Assert.All(made, instance => Assert.Equal("x", instance!["labels"]!["team"].Text()));
        Assert.All(made, instance => Assert.Single(instance!["interfaces"]!.AsArray()));
        foreach (var instance in made)
        {
            await _world.Ready(instance!["id"].Id());
        }

        Assert.Equal((1, 0), (_world.Accepted("AllocateInstances"), _world.Accepted("AllocateInstance")));

        // Two are left of the quota; a second batch of the same prefix takes them elsewhere.
        order["count"] = 2;
        var more = (await _world.Client.Post("instance/batch", order)).Is(201).AsArray();
        Assert.All(more, instance => Assert.Contains(instance!["machineId"].Text(), small));
        (await _world.Client.Post("instance/batch", order)).Is(403);
        Assert.Equal((20, 20), await _world.Held());

        // Each of them can be changed and released like any other.
        var one = made[0]!["id"].Id();
        (await _world.Client.Patch($"instance/{one}", new { name = "renamed" })).Is(200);
        (await _world.Client.Delete($"instance/{one}", new { machineHealthIssue = new { category = "Hardware", summary = "a GPU is gone", details = "slot 3" } })).Is(202);
        await _world.Client.Gone($"instance/{one}");
    }

    [Fact]
    public async Task Where_no_domain_has_enough_nothing_is_taken_unless_it_does_not_matter()
    {
        var (large, small, none) = Split();
        var type = await _world.MakeType([.. large.Take(4), .. small.Take(4), .. none]);
        await _world.Allocate(type, 11);
        (await _world.Client.Post("instance/batch", _world.BatchOf(type, 5))).Is(409);
        Assert.Equal((0, 0), await _world.Held());
        var made = (await _world.Client.Post("instance/batch", _world.BatchOf(type, 10, topologyOptimized: false))).Is(201).AsArray();
        Assert.Equal(10, made.Select(instance => instance!["machineId"].Text()).Distinct().Count());
        (await _world.Client.Post("instance/batch", _world.BatchOf(type, 2, topologyOptimized: false))).Is(403);
        var plain = await _world.MakeType(large.Skip(10).Take(2));
        await _world.Allocate(plain, 2);
        (await _world.Client.Post("instance", _world.OrderOf(plain))).Is(201);
        (await _world.Client.Post("instance/batch", _world.BatchOf(plain, 2))).Is(403);
    }

    [Fact]
    public async Task Fewer_free_machines_than_wanted_is_a_conflict()
    {
        var (large, _, none) = Split();
        var type = await _world.MakeType([.. large.Take(2), none[0]]);
        await _world.Allocate(type, 3);
        (await _world.Client.Post("instance", _world.Order(large[0]))).Is(201);
        (await _world.Client.Post("instance/batch", _world.BatchOf(type, 3, topologyOptimized: false))).Is(409);
        (await _world.Client.Post("instance/batch", _world.BatchOf(type, 2))).Is(409);
        (await _world.Client.Post("instance/batch", _world.BatchOf(type, 2, topologyOptimized: false))).Is(201);
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_takes_nothing()
    {
        var (large, _, _) = Split();
        var type = await _world.MakeType(large.Take(3));
        await _world.Allocate(type, 3);
        foreach (var (field, spoil) in new (string, Action<JsonObject>)[]
        {
            ("namePrefix", order => order.Remove("namePrefix")),
            ("namePrefix", order => order["namePrefix"] = new string('a', 241)),
            ("count", order => order.Remove("count")),
            ("count", order => order["count"] = 0),
            ("count", order => order["count"] = 1),
            ("count", order => order["count"] = 19),
            ("instanceTypeId", order => order.Remove("instanceTypeId")),
            ("instanceTypeId", order => order["instanceTypeId"] = Guid.NewGuid()),
            ("tenantId", order => order["tenantId"] = Guid.NewGuid()),
            ("vpcId", order => order["vpcId"] = Guid.NewGuid()),
            ("operatingSystemId", order => order["operatingSystemId"] = Guid.NewGuid().ToString()),
            ("interfaces", order => order["interfaces"] = new JsonArray()),
            ("autoNetwork", order =>
            {
                order["autoNetwork"] = true;
                order.Remove("interfaces");
            }),
        })
        {
            var order = _world.BatchOf(type, 2);
            spoil(order);
            (await _world.Client.Post("instance/batch", order)).Fails(400, field);
        }

        var addressed = _world.BatchOf(type, 2);
        addressed["interfaces"]![0]!["ipAddress"] = "10.17.0.11";
        (await _world.Client.Post("instance/batch", addressed)).Is(400);
        var onDpu = _world.BatchOf(type, 2);
        onDpu["interfaces"] = new JsonArray(_world.OnDpu(0));
        (await _world.Client.Post("instance/batch", onDpu)).Is(400);
        Assert.Equal((0, 0), await _world.Held());
        Assert.Equal(0, _world.Received("AllocateInstances"));
    }

    [Fact]
    public async Task What_the_site_refuses_is_undone_without_trace()
    {
        var (large, _, _) = Split();
        var type = await _world.MakeType(large.Take(4));
        await _world.Allocate(type, 4);
        _world.Simulated.Faults.Add(Fault.Refuse("AllocateInstances", StatusCode.FailedPrecondition, message: "no power in this rack"));
        var refused = (await _world.Client.Post("instance/batch", _world.BatchOf(type, 4))).Is(412);
        Assert.Contains("no power", refused["message"].Text(), StringComparison.Ordinal);
        _world.Simulated.Faults.Clear();
        Assert.Equal((0, 0), await _world.Held());
        Assert.Empty((await _world.Client.Get("instance")).Items());
        Assert.Equal(4, (await _world.Client.Post("instance/batch", _world.BatchOf(type, 4))).Is(201).AsArray().Count);
    }

    [Fact]
    public async Task A_lost_answer_makes_nothing_twice()
    {
        var (large, _, _) = Split();
        var type = await _world.MakeType(large.Take(4));
        await _world.Allocate(type, 4);
        _world.Simulated.Faults.Add(new Fault { Kind = FaultKind.LostAnswer, Rpc = "AllocateInstances", Count = 1 });
        var made = (await _world.Client.Post("instance/batch", _world.BatchOf(type, 4))).Is(201).AsArray();
        foreach (var instance in made)
        {
            await _world.Ready(instance!["id"].Id());
        }

        Assert.Equal(1, _world.Accepted("AllocateInstances"));
        Assert.Equal(4, _world.Simulated.Instances.Count);
    }

    [Fact]
    public async Task A_refusal_that_comes_later_gives_the_machines_back_and_says_why()
    {
        var (large, _, _) = Split();
        var type = await _world.MakeType(large.Take(3));
        await _world.Allocate(type, 3);
        var down = _world.Simulated.Faults.Add(Fault.Down());
        var made = (await _world.Client.Post("instance/batch", _world.BatchOf(type, 3))).Is(201).AsArray();
        Assert.All(made, instance => Assert.Equal("Pending", instance!["status"].Text()));
        _world.Simulated.Faults.Add(Fault.Refuse("AllocateInstances", StatusCode.FailedPrecondition, message: "no power"));
        _world.Simulated.Faults.Remove(down.Id);

        foreach (var instance in made)
        {
            await _world.Client.Eventually($"instance/{instance!["id"]}", i => i["status"].Text() == "Error");
        }

        Assert.Equal((0, 0), await _world.Held());
        foreach (var instance in made)
        {
            (await _world.Client.Delete($"instance/{instance!["id"]}")).Is(202);
            await _world.Client.Gone($"instance/{instance["id"]}");
        }
    }

    [Fact]
    public async Task Batches_at_the_same_time_share_no_machine_and_none_is_half_made()
    {
        var (large, small, _) = Split();
        var type = await _world.MakeType([.. large, .. small]);
        await _world.Allocate(type, 24);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => _world.Client.Post("instance/batch", _world.BatchOf(type, 6))));
        var made = answers.Where(answer => answer.Status == 201).SelectMany(answer => answer.Json!.AsArray()).ToArray();
        Assert.Equal(24, made.Length);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.Is(403));
        Assert.Equal(24, made.Select(instance => instance!["machineId"].Text()).Distinct().Count());
        var domainOf = _domains.SelectMany(domain => domain.Select(id => (id, domain.Key))).ToDictionary();
        Assert.All(
            answers.Where(answer => answer.Status == 201),
            answer => Assert.Single(answer.Json!.AsArray().Select(instance => domainOf[instance!["machineId"].Text()]).Distinct()));
        Assert.Equal((24, 24), await _world.Held());
    }

    [Fact]
    public async Task Tenants_that_want_a_domain_each_at_the_same_time_all_get_one()
    {
        await using var world = await InstanceWorld.Make(host.Host, "gb200=90", routedOnly: true);
        var domains = await world.Machines();
        var type = await world.MakeType(domains.SelectMany(domain => domain));
        List<(ApiClient Client, JsonObject Order)> orders = [];
        for (var i = 0; i < domains.Count; i++)
        {
            var (client, tenantId) = await host.Tenant();
            await world.Allocate(type, 18, tenantId);
            var block = await world.Give(tenantId);
            var vpc = await world.MakeVpc("FNN", client);
            var order = world.BatchOf(type, 18);
            order["vpcId"] = vpc;
            order["operatingSystemId"] = (await world.MakeSystem(by: client)).ToString();
            order["interfaces"] = new JsonArray(world.OnPrefix(await world.MakePrefix(vpc, client, block)));
            orders.Add((client, order));
        }

        // As many are wanted as there are: nobody may be refused because others are just about to take what it looked at.
        var answers = await Task.WhenAll(orders.Select(each => each.Client.Post("instance/batch", each.Order)));
        var got = answers.Select(answer => answer.Is(201).AsArray().Select(instance => instance!["machineId"].Text()).Order().ToArray()).ToArray();
        Assert.Equal(
            domains.Select(domain => string.Join(' ', domain.Order())).Order(),
            got.Select(machines => string.Join(' ', machines)).Order());
        Assert.Equal((90, 90), await world.Held());
    }
}
