using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>A Host that waits a second for its sites, and asks again at once.</summary>
public sealed class ImpatientHost(TestHost host) : IAsyncLifetime
{
    internal RunningHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Host = await TestHost.StartHost(
        await host.NewDatabase(),
        new Dictionary<string, string?>
        {
            ["SiteLink:InventoryPeriod"] = "00:00:00.250",
            ["SiteLink:RequestWait"] = "00:00:01",
            ["SiteLink:DeleteAgain"] = "00:00:00.500",
            ["SiteLink:FirstPause"] = "00:00:00.050",
            ["SiteLink:LongestPause"] = "00:00:00.500",
            ["SiteLink:FirstProbe"] = "00:00:00.200",
            ["SiteLink:LongestProbe"] = "00:00:00.500",
        },
        host.Issuer);

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

/// <summary>What becomes of instances when their site does not do as it is told.</summary>
public sealed class InstanceSiteFaultTests(ImpatientHost host) : IClassFixture<ImpatientHost>, IAsyncLifetime
{
    private InstanceWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await InstanceWorld.Make(host.Host, "dgx-h100=4", routedOnly: true);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private FaultPlan Faults => _world.Simulated.Faults;

    [Fact]
    public async Task A_site_that_is_away_gets_its_order_later_and_once()
    {
        var down = Faults.Add(Fault.Down());
        var instance = await _world.Create();
        Assert.Equal("Pending", instance["status"].Text());
        Assert.Equal("Pending", Assert.Single(instance["statusHistory"]!.AsArray())!["status"].Text());
        Assert.Equal("InUse", await _world.MachineStatus(instance["machineId"].Text()));
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal("Pending", (await _world.Get(instance["id"].Id()))["status"].Text());
        Faults.Remove(down.Id);
        await _world.Ready(instance["id"].Id());
        Assert.Equal(["Pending", "Provisioning", "Ready", "BootCompleted"], (await _world.History(instance["id"].Id())).Select(e => e.Status).Reverse());
        Assert.Equal(1, _world.Accepted("AllocateInstance"));
        Assert.Single(_world.Simulated.Instances);
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument, 400)]
    [InlineData(StatusCode.PermissionDenied, 403)]
    [InlineData(StatusCode.NotFound, 404)]
    [InlineData(StatusCode.AlreadyExists, 409)]
    [InlineData(StatusCode.FailedPrecondition, 412)]
    [InlineData(StatusCode.Unimplemented, 501)]
    public async Task A_refused_order_leaves_nothing_behind(StatusCode code, int status)
    {
        var fault = Faults.Add(Fault.Refuse("AllocateInstance", code, message: "not on my shift"));
        var order = _world.Order();
        var error = (await _world.Client.Post("instance", order)).Is(status);
        Assert.Contains("not on my shift", error["message"].Text(), StringComparison.Ordinal);
        Faults.Remove(fault.Id);
        Assert.Equal(0, (await _world.Client.Get("instance")).Total);
        Assert.Equal(0, await _world.Read<int>("select count(*)::int from compute.interface i join compute.instance n on n.id = i.instance_id where n.site_id = @id", new { id = _world.Site.Id }));
        Assert.Equal("Ready", await _world.MachineStatus(order["machineId"].Text()));
        (await _world.Client.Post("instance", order)).Is(201);
    }

    [Fact]
    public async Task An_order_that_is_refused_later_shows_why_holds_nothing_and_can_be_deleted()
    {
        var down = Faults.Add(Fault.Down());
        var instance = await _world.Create();
        var refuse = Faults.Add(Fault.Refuse("AllocateInstance", StatusCode.FailedPrecondition, message: "no power in this rack"));
        Faults.Remove(down.Id);
        var failed = await _world.Client.Eventually($"instance/{instance["id"]}", i => i["status"].Text() == "Error");
        Assert.Contains("no power in this rack", failed["statusHistory"]![0]!["message"].Text(), StringComparison.Ordinal);
        Assert.Equal("[]", failed["interfaces"]!.ToJsonString());
        await _world.Free(instance["machineId"].Text());
        Faults.Remove(refuse.Id);
        await Task.Delay(1200, TestContext.Current.CancellationToken);
        Assert.Equal("Error", (await _world.Get(instance["id"].Id()))["status"].Text());
        var next = await _world.CreateReady(order => order["machineId"] = instance["machineId"].Text());
        (await _world.Client.Delete($"instance/{instance["id"]}")).Is(202);
        await _world.Client.Gone($"instance/{instance["id"]}");
        Assert.Equal("InUse", await _world.MachineStatus(next["machineId"].Text()));
        Assert.Equal(next["id"].Text(), Assert.Single(_world.Simulated.Instances).Id.Value);
        await _world.CreateReady(order => order["name"] = instance["name"].Text());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_is_lost_does_nothing_twice(bool cut)
    {
        foreach (var rpc in new[] { "AllocateInstance", "UpdateInstanceConfig", "InvokeInstancePower", "ReleaseInstance" })
        {
            Faults.Add(Fault.LostAnswer(rpc, cut: cut));
        }

        var instance = await _world.Create();
        await _world.Ready(instance["id"].Id());
        Assert.Equal(1, _world.Accepted("AllocateInstance"));
        (await _world.Client.Patch($"instance/{instance["id"]}", new { description = "changed" })).Is(200);
        await _world.Quiet();
        Assert.Equal("changed", _world.Simulated.Instance(instance["id"].Text())!.Metadata.Description);
        Assert.Equal("changed", (await _world.Get(instance["id"].Id()))["description"].Text());

        // What is told whole can be told again, so a broken connection may lead to a second call.
        Assert.InRange(_world.Accepted("UpdateInstanceConfig"), 1, cut ? 2 : 1);
        (await _world.Client.Patch($"instance/{instance["id"]}", new { triggerReboot = true })).Is(200);
        await _world.Quiet();
        await _world.Ready(instance["id"].Id());
        Assert.Equal(1, _world.Accepted("InvokeInstancePower"));
        (await _world.Client.Delete($"instance/{instance["id"]}")).Is(202);
        await _world.Client.Gone($"instance/{instance["id"]}");
        Assert.Equal(1, _world.Accepted("ReleaseInstance"));
        Assert.Empty(_world.Simulated.Instances);
        await _world.Free(instance["machineId"].Text());
        Assert.Equal(0, await _world.Read<int>("select count(*)::int from sitelink.command where site_id = @id and state = 'Dead'", new { id = _world.Site.Id }));
    }

    [Fact]
    public async Task An_order_that_arrives_twice_makes_one_instance()
    {
        Faults.Add(Fault.Duplicate("AllocateInstance"));
        Faults.Add(Fault.Duplicate("ReleaseInstance"));
        var instance = await _world.CreateReady();
        Assert.Single(_world.Simulated.Instances);
        await _world.Remove(instance);
        Assert.Empty(_world.Simulated.Instances);
    }

    [Fact]
    public async Task A_release_that_is_written_while_the_creation_is_recorded_stands()
    {
        Faults.Add(new Fault { Kind = FaultKind.Slow, Rpc = "AllocateInstance", Delay = TimeSpan.FromSeconds(0.7), Count = 1 });
        var order = _world.Order();
        var answer = _world.Client.Post("instance", order);
        await _world.Database.Wins(
            "compute.instance", $"name = '{order["name"]}'", "status_before_termination = status, status = 'Terminating'");
        var id = (await answer).Is(201)["id"].Id();
        await _world.Quiet();
        Assert.Equal("Terminating", (await _world.Get(id))["status"].Text());
        Assert.Equal(["Pending"], (await _world.History(id)).Select(entry => entry.Status));
    }

    [Fact]
    public async Task An_order_that_arrives_once_more_after_the_release_is_released_again()
    {
        var machine = "";
        await _world.Simulated.ArrivesLate("AllocateInstance", async () =>
        {
            var instance = await _world.CreateReady();
            machine = instance["machineId"].Text();
            await _world.Remove(instance);
        });
        await Wait.Until(() => _world.Simulated.Instances.Count == 0, what: "the site has no instance any more");
        await _world.Free(machine);
        await Wait.Until(
            async () => await _world.Read<bool>("select unknown_instance_id is null from hardware.machine where id = @machine", new { machine }),
            what: "a round has missed the instance");
        await _world.CreateReady(order => order["machineId"] = machine);
        Assert.Equal(0, await _world.Read<int>("select count(*)::int from sitelink.command where site_id = @id and state = 'Dead'", new { id = _world.Site.Id }));
    }

    [Fact]
    public async Task A_release_that_is_refused_again_and_again_leaves_the_instance_what_it_was()
    {
        var instance = await _world.CreateReady();
        var id = instance["id"].Id();
        var down = Faults.Add(Fault.Down());
        (await _world.Client.Delete($"instance/{id}")).Is(202);
        Assert.Equal("Terminating", (await _world.Get(id))["status"].Text());
        var refusal = Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = "ReleaseInstance", Code = StatusCode.FailedPrecondition, Percent = 100 });
        Faults.Remove(down.Id);
        await Dead();
        await Retry();
        await Dead();
        Faults.Remove(refusal.Id);
        await Retry();
        await _world.Client.Gone($"instance/{id}");
        await _world.Free(instance["machineId"].Text());

        async Task Dead()
        {
            await Wait.Until(async () => await _world.Read<string?>("select state from sitelink.command where resource_id = @id::text and operation = 'Delete'", new { id }) == "Dead");
            Assert.Equal("Ready", (await _world.Get(id))["status"].Text());
        }

        async Task Retry()
        {
            using var http = new HttpClient { BaseAddress = host.Host.OperatorAddress };
            var command = await _world.Read<Guid>("select id from sitelink.command where resource_id = @id::text and operation = 'Delete'", new { id });
            using var answer = await http.PostAsync($"/ops/site-commands/{command}/retry", null, TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_refused_change_is_undone_with_its_interfaces()
    {
        var system = await _world.MakeSystem("#!ipxe\nother");
        var instance = await _world.CreateReady(order => order["labels"] = new JsonObject { ["a"] = "1" });
        var before = await _world.Get(instance["id"].Id());
        var fault = Faults.Add(Fault.Refuse("UpdateInstanceConfig", StatusCode.FailedPrecondition, message: "the DPU is busy"));
        var error = (await _world.Client.Patch($"instance/{instance["id"]}", new JsonObject
        {
            ["name"] = InstanceWorld.NewName(),
            ["description"] = "new",
            ["labels"] = new JsonObject(),
            ["operatingSystemId"] = system,
            ["userData"] = "#cloud-config\nhostname: new\n",
            ["phoneHomeEnabled"] = true,
            ["alwaysBootWithCustomIpxe"] = true,
            ["interfaces"] = new JsonArray(_world.OnDpu(0), _world.OnDpu(1)),
        })).Is(412);
        Assert.Contains("the DPU is busy", error["message"].Text(), StringComparison.Ordinal);
        var after = await _world.Get(instance["id"].Id());
        foreach (var field in new[] { "name", "description", "labels", "operatingSystemId", "ipxeScript", "userData", "phoneHomeEnabled", "alwaysBootWithCustomIpxe", "status", "secondaryVpcIds" })
        {
            Assert.Equal(before[field]?.ToJsonString(), after[field]?.ToJsonString());
        }

        Assert.Equal(before["interfaces"]!.AsArray().Select(i => (i!["id"].Id(), i["status"].Text())), after["interfaces"]!.AsArray().Select(i => (i!["id"].Id(), i["status"].Text())));
        Assert.Contains("the DPU is busy", (await _world.History(instance["id"].Id()))[0].Message, StringComparison.Ordinal);
        Faults.Remove(fault.Id);
        (await _world.Client.Patch($"instance/{instance["id"]}", new { description = "after" })).Is(200);
        Assert.Equal(before["name"].Text(), _world.Simulated.Instance(instance["id"].Text())!.Metadata.Name);
        await _world.Ready(instance["id"].Id());
    }

    [Fact]
    public async Task A_change_that_is_refused_later_gives_way_to_what_the_site_has()
    {
        var instance = await _world.CreateReady();
        var id = instance["id"].Id();
        var down = Faults.Add(Fault.Down());
        var changed = (await _world.Client.Patch($"instance/{id}", new JsonObject
        {
            ["name"] = InstanceWorld.NewName(),
            ["interfaces"] = new JsonArray(_world.OnDpu(0), _world.OnDpu(1)),
        })).Is(200);
        Assert.Equal("Configuring", changed["status"].Text());

        // The name from before may come back: it is still the instance's own.
        (await _world.Client.Post("instance", _world.Order(name: instance["name"].Text()))).ConflictsWith(instance["id"]);
        var refuse = Faults.Add(Fault.Refuse("UpdateInstanceConfig", StatusCode.InvalidArgument, count: null, message: "no such network"));
        Faults.Remove(down.Id);
        var kept = await _world.Client.Eventually($"instance/{id}", i => i["statusHistory"]!.AsArray().Any(e => e!["message"].Text().Contains("no such network", StringComparison.Ordinal)));
        Assert.Equal(instance["name"].Text(), kept["name"].Text());
        var ready = await _world.Ready(id);
        Assert.Equal(instance["interfaces"]![0]!["id"].Id(), Assert.Single(ready["interfaces"]!.AsArray())!["id"].Id());
        Faults.Remove(refuse.Id);
        (await _world.Client.Patch($"instance/{id}", new { description = "after" })).Is(200);
        await _world.Ready(id);
    }

    [Fact]
    public async Task What_the_site_has_not_been_told_is_not_read_out_of_its_reports()
    {
        var instance = await _world.CreateReady();
        var id = instance["id"].Id();
        var deaf = Faults.Add(new Fault { Kind = FaultKind.Down, Rpc = "UpdateInstanceConfig" });
        (await _world.Client.Patch($"instance/{id}", new { interfaces = new[] { _world.OnPrefix(), _world.OnPrefix() } })).Is(200);
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        var waiting = await _world.Get(id);
        Assert.Equal("Configuring", waiting["status"].Text());
        Assert.Equal(
            [("Deleting", 1), ("Pending", 0), ("Pending", 0)],
            waiting["interfaces"]!.AsArray().Select(i => (i!["status"].Text(), i["ipAddresses"]!.AsArray().Count)));
        Faults.Remove(deaf.Id);
        Assert.Equal(2, (await _world.Ready(id))["interfaces"]!.AsArray().Count);
    }

    [Fact]
    public async Task Changes_that_wait_and_are_refused_all_give_way_to_what_the_site_has()
    {
        var instance = await _world.CreateReady();
        var id = instance["id"].Id();
        var deaf = Faults.Add(new Fault { Kind = FaultKind.Down, Rpc = "UpdateInstanceConfig" });
        var names = Enumerable.Range(0, 3).Select(_ => InstanceWorld.NewName()).ToArray();
        (await _world.Client.Patch($"instance/{id}", new { name = names[0], interfaces = new[] { _world.OnDpu(0) } })).Is(200);
        (await _world.Client.Patch($"instance/{id}", new { name = names[1], interfaces = new[] { _world.OnDpu(0), _world.OnDpu(1) } })).Is(200);
        (await _world.Client.Patch($"instance/{id}", new { name = names[2] })).Is(200);
        foreach (var name in names.Append(instance["name"].Text()))
        {
            (await _world.Client.Post("instance", _world.Order(instance["machineId"].Text(), name))).ConflictsWith(instance["id"]);
        }

        var refuse = Faults.Add(Fault.Refuse("UpdateInstanceConfig", StatusCode.InvalidArgument, count: null, message: "no such network"));
        Faults.Remove(deaf.Id);
        await _world.Client.Eventually($"instance/{id}", i => i["name"].Text() == instance["name"].Text());
        Faults.Remove(refuse.Id);
        var kept = await _world.Ready(id);
        Assert.Equal(instance["interfaces"]![0]!["id"].Id(), Assert.Single(kept["interfaces"]!.AsArray())!["id"].Id());
        Assert.Equal(instance["interfaces"]![0]!["ipAddresses"]!.ToJsonString(), kept["interfaces"]![0]!["ipAddresses"]!.ToJsonString());
        await _world.Quiet();
        Assert.Equal(instance["name"].Text(), _world.Simulated.Instance(id.ToString())!.Metadata.Name);
        (await _world.Client.Post("instance", _world.Order(name: names[0]))).Is(201);
    }

    [Fact]
    public async Task Of_changes_that_wait_the_newest_travels()
    {
        var instance = await _world.CreateReady();
        var down = Faults.Add(Fault.Down());
        for (var i = 0; i < 3; i++)
        {
            (await _world.Client.Patch($"instance/{instance["id"]}", new { description = $"change {i}" })).Is(200);
        }

        Faults.Remove(down.Id);
        await _world.Quiet();
        Assert.Equal("change 2", _world.Simulated.Instance(instance["id"].Text())!.Metadata.Description);
        Assert.InRange(_world.Accepted("UpdateInstanceConfig"), 1, 2);
    }

    [Fact]
    public async Task A_refused_restart_is_taken_back()
    {
        var instance = await _world.CreateReady();
        var fault = Faults.Add(Fault.Refuse("InvokeInstancePower", StatusCode.InvalidArgument, message: "not now"));
        (await _world.Client.Patch($"instance/{instance["id"]}", new { triggerReboot = true })).Is(400);
        Assert.Equal("Ready", (await _world.Get(instance["id"].Id()))["status"].Text());
        Faults.Remove(fault.Id);
        var down = Faults.Add(Fault.Down());
        var answer = (await _world.Client.Patch($"instance/{instance["id"]}", new { triggerReboot = true })).Is(200);
        Assert.Equal("Rebooting", answer["status"].Text());
        Assert.Equal(1, (await _world.Client.Get("instance?status=Rebooting")).Total);
        Assert.Equal(0, (await _world.Client.Get("instance?status=Ready")).Total);
        Faults.Remove(down.Id);
        await _world.Ready(instance["id"].Id());
        Assert.Equal(1, _world.Accepted("InvokeInstancePower"));
    }

    [Fact]
    public async Task A_release_waits_for_a_site_that_is_away()
    {
        var instance = await _world.CreateReady();
        var down = Faults.Add(Fault.Down());
        (await _world.Client.Patch($"instance/{instance["id"]}", new { description = "never" })).Is(200);
        (await _world.Client.Delete($"instance/{instance["id"]}")).Is(202);
        Assert.Equal("Terminating", (await _world.Get(instance["id"].Id()))["status"].Text());
        Faults.Remove(down.Id);
        await _world.Client.Gone($"instance/{instance["id"]}");
        await _world.Free(instance["machineId"].Text());
        Assert.Empty(_world.Simulated.Instances);
        Assert.Equal(0, _world.Accepted("UpdateInstanceConfig"));
    }

    [Fact]
    public async Task What_its_site_never_heard_of_goes_without_a_word()
    {
        var down = Faults.Add(Fault.Down());
        await _world.Silent();
        var received = _world.Received("AllocateInstance");
        var instance = await _world.Create();
        (await _world.Client.Patch($"instance/{instance["id"]}", new { description = "never" })).Is(200);
        (await _world.Client.Delete($"instance/{instance["id"]}")).Is(202);
        (await _world.Client.Get($"instance/{instance["id"]}")).Is(404);
        Assert.Equal("Ready", await _world.MachineStatus(instance["machineId"].Text()));
        Faults.Remove(down.Id);
        await _world.CreateReady(order => (order["name"], order["machineId"]) = (instance["name"].Text(), instance["machineId"].Text()));
        Assert.Equal(received + 1, _world.Received("AllocateInstance"));
        Assert.Equal((0, 0), (_world.Received("ReleaseInstance"), _world.Received("UpdateInstanceConfig")));
    }

    [Fact]
    public async Task A_refused_release_leaves_the_instance_as_it_was()
    {
        var instance = await _world.CreateReady();
        var fault = Faults.Add(Fault.Refuse("ReleaseInstance", StatusCode.FailedPrecondition, message: "still measuring"));
        var error = (await _world.Client.Delete($"instance/{instance["id"]}")).Is(412);
        Assert.Contains("still measuring", error["message"].Text(), StringComparison.Ordinal);
        var kept = await _world.Get(instance["id"].Id());
        Assert.Equal("Ready", kept["status"].Text());
        Faults.Remove(fault.Id);
        await _world.Remove(instance);
    }

    [Fact]
    public async Task A_site_that_does_not_know_the_instance_has_released_it()
    {
        var instance = await _world.CreateReady();
        var lost = Faults.Add(Fault.Lose("instance", instance["id"].Text()));
        (await _world.Client.Delete($"instance/{instance["id"]}")).Is(202);
        await _world.Client.Gone($"instance/{instance["id"]}");
        Faults.Remove(lost.Id);
    }

    [Theory]
    [InlineData("NetworkConfig")]
    [InlineData("Reboot")]
    public async Task An_instance_that_fails_is_in_Error_with_the_sites_reason(string phase)
    {
        Faults.Add(Fault.FailInstance(phase: phase, message: "the boot disk is gone"));
        var instance = await _world.Create();
        var failed = await _world.Client.Eventually($"instance/{instance["id"]}", i => i["status"].Text() == "Error");
        Assert.Contains("the boot disk is gone", failed["statusHistory"]![0]!["message"].Text(), StringComparison.Ordinal);
        Assert.Equal(1, (await _world.Client.Get("instance?status=Error")).Total);
        await _world.Remove(instance);
    }

    [Fact]
    public async Task An_instance_that_is_stuck_stays_Provisioning_and_can_be_deleted()
    {
        var hold = Faults.Add(Fault.HoldInstance(phase: "Storage"));
        var first = await _world.Create();
        await Task.Delay(1200, TestContext.Current.CancellationToken);
        Assert.Equal("Provisioning", (await _world.Get(first["id"].Id()))["status"].Text());
        await _world.Remove(first);
        var second = await _world.Create();
        Faults.Remove(hold.Id);
        await _world.Ready(second["id"].Id());
    }

    [Fact]
    public async Task An_instance_that_disappears_is_missing_and_keeps_its_machine_until_it_is_back_or_deleted()
    {
        var instance = await _world.CreateReady();
        var id = instance["id"].Id();
        var lost = Faults.Add(Fault.Lose("instance", id.ToString()));
        var missing = await _world.Client.Eventually($"instance/{id}", i => i["status"].Text() == "Error");
        Assert.Contains("missing", missing["statusHistory"]![0]!["message"].Text(), StringComparison.Ordinal);
        (await _world.Client.Patch($"instance/{id}", new { description = "any" })).Is(409);
        (await _world.Client.Patch($"instance/{id}", new { triggerReboot = true })).Is(409);
        (await _world.Client.Post("instance", _world.Order(instance["machineId"].Text()))).Fails(400, "machineId");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Single(await _world.History(id), entry => entry.Message.Contains("missing", StringComparison.Ordinal));
        Faults.Remove(lost.Id);
        var back = await _world.Ready(id);
        Assert.Equal(instance["interfaces"]!.ToJsonString(), back["interfaces"]!.ToJsonString());
        (await _world.Client.Patch($"instance/{id}", new { description = "any" })).Is(200);
        lost = Faults.Add(Fault.Lose("instance", id.ToString()));
        await _world.Client.Eventually($"instance/{id}", i => i["status"].Text() == "Error");
        (await _world.Client.Delete($"instance/{id}")).Is(202);
        await _world.Client.Gone($"instance/{id}");
        Faults.Remove(lost.Id);
    }

    [Fact]
    public async Task Terminating_never_moves_back()
    {
        var instance = await _world.CreateReady();
        var id = instance["id"].Id();

        // The release was taken, and the site goes on reporting the instance as if it were not.
        await _world.Sql("update compute.instance set status = 'Terminating', status_before_termination = 'Ready', touched = now() where id = @id", new { id });
        await Task.Delay(2500, TestContext.Current.CancellationToken);
        Assert.Equal("Terminating", (await _world.Get(id))["status"].Text());
        Faults.Add(Fault.Lose("instance", id.ToString()));
        await _world.Client.Gone($"instance/{id}");
    }

    [Fact]
    public async Task An_empty_report_and_a_failing_one_lose_nothing()
    {
        var instance = await _world.CreateReady();
        foreach (var fault in new[]
        {
            new Fault { Kind = FaultKind.ChunkFails, Resource = "instance", Chunk = 1, Code = StatusCode.Internal },
            new Fault { Kind = FaultKind.ObjectsMissing, Resource = "instance", Target = instance["id"].Text() },
            new Fault { Kind = FaultKind.DuplicateIds, Resource = "instance" },
            new Fault { Kind = FaultKind.UnknownIds, Resource = "instance" },
            new Fault { Kind = FaultKind.ThinStatus },
            Fault.Refuse("FindInstanceIds", StatusCode.Internal, count: null),
        })
        {
            var added = Faults.Add(fault);
            await Task.Delay(1500, TestContext.Current.CancellationToken);
            Faults.Remove(added.Id);
            var kept = await _world.Get(instance["id"].Id());
            Assert.Equal("Ready", kept["status"].Text());
            Assert.Equal(instance["interfaces"]!.ToJsonString(), kept["interfaces"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task An_instance_that_somebody_else_made_is_left_alone()
    {
        var fault = Faults.Add(new Fault { Kind = FaultKind.ObjectAppears, Resource = "instance", Parent = _world.Machine(), Network = _world.Prefix.ToString() });
        await Task.Delay(1200, TestContext.Current.CancellationToken);
        Assert.Equal(0, (await _world.Client.Get("instance")).Total);
        Assert.Single(_world.Simulated.Instances);
        Faults.Remove(fault.Id);
    }

    [Fact]
    public async Task What_somebody_renames_at_the_site_is_named_again_once()
    {
        var instance = await _world.CreateReady(order => order["labels"] = new JsonObject { ["tier"] = "web" });
        Faults.Add(new Fault { Kind = FaultKind.Drift, Resource = "instance", Target = instance["id"].Text(), Name = "by-hand", Description = "?", Labels = new Dictionary<string, string> { ["x"] = "y" } });
        await Wait.Until(() => _world.Simulated.Instance(instance["id"].Text())!.Metadata.Name == instance["name"].Text());
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(1, _world.Accepted("UpdateInstanceConfig"));
        var atSite = _world.Simulated.Instance(instance["id"].Text())!;
        Assert.Equal(("", "tier"), (atSite.Metadata.Description, Assert.Single(atSite.Metadata.Labels).Key));
        Assert.Equal(instance["interfaces"]!.ToJsonString(), (await _world.Ready(instance["id"].Id()))["interfaces"]!.ToJsonString());
    }

    [Fact]
    public async Task A_site_that_does_not_keep_names_is_told_three_times_and_no_more()
    {
        var instance = await _world.CreateReady();
        for (var i = 0; i < 4; i++)
        {
            Faults.Add(new Fault { Kind = FaultKind.Drift, Resource = "instance", Target = instance["id"].Text(), Name = $"by-hand-{i}" });
            if (i < 3)
            {
                await Wait.Until(() => _world.Simulated.Instance(instance["id"].Text())!.Metadata.Name == instance["name"].Text());
            }
        }

        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(3, _world.Accepted("UpdateInstanceConfig"));
        Assert.Equal(1, await _world.Read<int>(
            "select count(*)::int from sitelink.seen where site_id = @site and object_id = @id and is_drift", new { site = _world.Site.Id, id = instance["id"].Text() }));
    }

    [Fact]
    public async Task Each_interface_gets_what_the_site_says_of_it()
    {
        var prefix = await _world.MakePrefix(_world.Vpc);
        var instance = await _world.CreateReady(order =>
        {
            order["interfaces"] = new JsonArray(_world.OnPrefix(), _world.OnPrefix(), _world.OnPrefix(prefix), _world.OnPrefix(prefix));
        });
        Agree(instance);
        Assert.Equal([true, false, false, false], instance["interfaces"]!.AsArray().Select(i => i!["isPhysical"].Flag()));
        await _world.Remove(instance);

        instance = await _world.CreateReady(order => order["interfaces"] = new JsonArray(
            _world.OnDpu(1, 3), _world.OnDpu(0), _world.OnDpu(1), _world.OnDpu(0, 3), _world.OnDpu(0, 16), _world.OnDpu(1, 1, prefix)));
        Agree(instance);
        Assert.Equal([3, null, null, 3, 16, 1], instance["interfaces"]!.AsArray().Select(i => i!["virtualFunctionId"]?.GetValue<int>()));
        await _world.Remove(instance);

        var vpc = await _world.MakeVpc("ETHERNET_VIRTUALIZER");
        var subnet = await _world.MakeSubnet(vpc);
        instance = await _world.CreateReady(order =>
        {
            (order["vpcId"], order["interfaces"]) = (vpc, new JsonArray(_world.OnSubnet(subnet), _world.OnSubnet(subnet)));
        });
        Agree(instance);

        void Agree(JsonNode shown)
        {
            var atSite = _world.Simulated.Instance(shown["id"].Text())!;
            var told = atSite.Status.Network.Interfaces.Select(i => (i.MacAddress, i.Addresses.Single().Split('/')[0])).ToArray();
            Assert.Equal(told, shown["interfaces"]!.AsArray().Select(i => (i!["macAddress"].Text(), i["ipAddresses"]![0].Text())));
            Assert.Equal(told.Length, told.Select(i => i.Item2).Distinct().Count());
        }
    }

    [Fact]
    public async Task Interfaces_are_in_use_once_the_site_has_taken_them()
    {
        var instance = await _world.CreateReady();
        var id = instance["id"].Id();
        var fault = Faults.Add(new Fault { Kind = FaultKind.NeverSynced, Target = id.ToString() });
        (await _world.Client.Patch($"instance/{id}", new { interfaces = new[] { _world.OnDpu(0), _world.OnDpu(1) } })).Is(200);
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        var waiting = await _world.Get(id);
        Assert.Equal("Configuring", waiting["status"].Text());
        Assert.Equal(["Deleting", "Pending", "Pending"], waiting["interfaces"]!.AsArray().Select(i => i!["status"].Text()));
        Assert.Equal(1, (await _world.Client.Get($"instance/{id}/interface?status=Deleting")).Total);

        // One change of the network at a time: the site refuses the second, and the first is still what is wanted.
        (await _world.Client.Patch($"instance/{id}", new { interfaces = new[] { _world.OnPrefix() } })).Is(400);
        Assert.Equal(
            waiting["interfaces"]!.AsArray().Select(i => (i!["id"].Id(), i["status"].Text())),
            (await _world.Get(id))["interfaces"]!.AsArray().Select(i => (i!["id"].Id(), i["status"].Text())));
        Faults.Remove(fault.Id);
        var ready = await _world.Ready(id);
        Assert.Equal([0, 1], ready["interfaces"]!.AsArray().Select(i => i!["deviceInstance"].Number()));
    }

    [Fact]
    public async Task A_firmware_update_waits_for_a_restart_that_allows_it()
    {
        var instance = await _world.CreateReady();
        var id = instance["id"].Id();
        Faults.Add(new Fault { Kind = FaultKind.UpdateOffered, Target = id.ToString() });
        await _world.Client.Eventually($"instance/{id}", i => i["isUpdatePending"].Flag());
        (await _world.Client.Patch($"instance/{id}", new { triggerReboot = true })).Is(200);
        await _world.Quiet();
        await Task.Delay(1200, TestContext.Current.CancellationToken);
        Assert.True((await _world.Get(id))["isUpdatePending"].Flag());
        var hold = Faults.Add(Fault.HoldInstance(id.ToString(), "Updating"));
        (await _world.Client.Patch($"instance/{id}", new { triggerReboot = true, applyUpdatesOnReboot = true })).Is(200);
        var updating = await _world.Client.Eventually($"instance/{id}", i => i["status"].Text() == "Updating");
        Assert.False(updating["isUpdatePending"].Flag());
        Faults.Remove(hold.Id);
        await _world.Ready(id);
        Assert.False((await _world.Get(id))["isUpdatePending"].Flag());
    }

    [Fact]
    public async Task An_update_that_ends_by_itself_is_noted()
    {
        var instance = await _world.CreateReady();
        var id = instance["id"].Id();
        Faults.Add(new Fault { Kind = FaultKind.UpdateOffered, Target = id.ToString() });
        await _world.Client.Eventually($"instance/{id}", i => i["isUpdatePending"].Flag());
        (await _world.Client.Patch($"instance/{id}", new { triggerReboot = true, applyUpdatesOnReboot = true })).Is(200);
        await _world.Client.Eventually($"instance/{id}", i => !i["isUpdatePending"].Flag() && i["status"].Text() == "Ready");
        Assert.Contains(await _world.History(id), entry => entry.Message.Contains("Updates were applied", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_TPM_certificate_is_kept()
    {
        var instance = await _world.CreateReady();
        Assert.Equal(_world.Simulated.Instance(instance["id"].Text())!.TpmEkCertificate, (await _world.Get(instance["id"].Id()))["tpmEkCertificate"].Text());
    }

    [Fact]
    public async Task At_a_believable_pace_each_phase_shows()
    {
        await using var world = await InstanceWorld.Make(host.Host, "dgx-h100=2", speed: 120);
        var instance = await world.Create();
        Assert.Equal("Provisioning", instance["status"].Text());
        Assert.Equal("Pending", instance["interfaces"]![0]!["status"].Text());
        await world.Client.Eventually($"instance/{instance["id"]}", i => i["interfaces"]![0]!["status"].Text() == "Ready" && i["status"].Text() == "Provisioning");
        await world.Ready(instance["id"].Id());
        (await world.Client.Patch($"instance/{instance["id"]}", new { triggerReboot = true, rebootWithCustomIpxe = true })).Is(200);
        await world.Client.Eventually($"instance/{instance["id"]}", i => i["status"].Text() == "Configuring");
        await world.Ready(instance["id"].Id());
        (await world.Client.Delete($"instance/{instance["id"]}")).Is(202);
        await world.Client.Gone($"instance/{instance["id"]}");
        Assert.Equal("Reset", await world.MachineStatus(instance["machineId"].Text()));
        await world.Free(instance["machineId"].Text());
    }
}
