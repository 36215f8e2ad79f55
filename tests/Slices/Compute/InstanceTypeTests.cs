using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Nico.Tests.Slices.Networking;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Instance types and their machines: spec/31-instance-type.md.</summary>
public sealed class InstanceTypeTests(TestHost host)
{
    [Fact]
    public async Task An_instance_type_lives_here_and_at_its_site()
    {
        await using var world = await TypeWorld.Make(host);
        var order = world.Order(
            "large",
            new { type = "CPU", name = "Xeon", cores = 56, threads = 112, frequency = "2 GHz" },
            new { type = "InfiniBand", name = "MT2910", count = 8, inactiveDevices = new[] { 1, 3 } },
            new { type = "GPU", name = "H100", deviceType = "NVLink", hardwareRevision = "r2" },
            new { type = "Network", name = "MT43244", deviceType = "DPU" },
            new { type = "Network", name = "X710" });
        order["labels"] = new JsonObject { ["tier"] = "gold" };
        order["description"] = "for training";
        var type = (await world.Provider.Post("instance/type", order)).Is(201);
        Assert.Equal("Ready", type["status"].Text());
        Assert.Equal(["Ready"], type.Statuses());
        Assert.Equal("gold", type["labels"]!["tier"].Text());
        Assert.Equal(["Xeon", "MT2910", "H100", "MT43244", "X710"], type["machineCapabilities"]!.Names());
        Assert.Equal("[1,3]", type["machineCapabilities"]![1]!["inactiveDevices"]!.ToJsonString());
        Assert.Equal(56, type["machineCapabilities"]![0]!["cores"].Number());
        Assert.Null(type["machineCapabilities"]![0]!["count"]);
        Assert.False(type["machineCapabilities"]![2]!.AsObject().ContainsKey("hardwareRevision"));
        Assert.Equal(type.ToJsonString(), (await world.Provider.Get($"instance/type/{type["id"]}")).Is(200).ToJsonString());
        var there = world.Simulated.InstanceType(type["id"].Text())!;
        Assert.Equal("large", there.Metadata.Name);
        Assert.Equal("for training", there.Metadata.Description);
        Assert.Equal("gold", Assert.Single(there.Metadata.Labels).Value);
        Assert.Equal(["Xeon", "MT2910", "H100", "MT43244", "X710"], there.Attributes.DesiredCapabilities.Select(part => part.Name));
        Assert.Equal(112u, there.Attributes.DesiredCapabilities[0].Threads);
        Assert.Equal("r2", there.Attributes.DesiredCapabilities[2].HardwareRevision);

        var path = $"instance/type/{type["id"]}";
        var changed = (await world.Provider.Patch(path, new
        {
            name = "larger",
            description = "",
            labels = new { },
            machineCapabilities = new object[] { new { type = "Network", name = "X710", count = 2 }, new { type = "CPU", name = "Xeon" } },
        })).Is(200);
        Assert.Equal("larger", changed["name"].Text());
        Assert.Equal("", changed["description"].Text());
        Assert.Equal("{}", changed["labels"]!.ToJsonString());
        Assert.Equal(["X710", "Xeon"], changed["machineCapabilities"]!.Names());
        there = world.Simulated.InstanceType(type["id"].Text())!;
        Assert.Equal("larger", there.Metadata.Name);
        Assert.Empty(there.Metadata.Labels);
        Assert.Equal(["X710", "Xeon"], there.Attributes.DesiredCapabilities.Select(part => part.Name));
        var calls = world.Simulated.AcceptedCalls["UpdateInstanceType"];
        (await world.Provider.Patch(path, new { })).Is(200);
        (await world.Provider.Patch(path, new { name = "larger" })).Is(200);
        Assert.Equal(calls, world.Simulated.AcceptedCalls["UpdateInstanceType"]);

        (await world.Provider.Delete(path)).Is(202);
        (await world.Provider.Get(path)).Is(404);
        Assert.Null(world.Simulated.InstanceType(type["id"].Text()));
        await world.NewType("larger");
    }

    [Fact]
    public async Task It_may_ask_for_nothing()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=1");
        var type = (await world.Provider.Post("instance/type", new { name = "any", siteId = world.Site.Id, controllerMachineType = "" })).Is(201);
        Assert.Equal("[]", type["machineCapabilities"]!.ToJsonString());
        Assert.Equal("{}", type["labels"]!.ToJsonString());
        Assert.Null(type["description"]);
        Assert.False(type.AsObject().ContainsKey("machineInstanceTypes"));
        Assert.False(type.AsObject().ContainsKey("allocationStats"));
        (await world.Provider.Post("instance/type", world.Order("any"))).ConflictsWith(type["id"]);
        var other = await world.NewType("other");
        (await world.Provider.Patch($"instance/type/{other["id"]}", new { name = "any" })).ConflictsWith(type["id"]);
        (await world.Provider.Patch($"instance/type/{Guid.NewGuid()}", new { name = "some" })).Is(404);
    }

    [Theory]
    [InlineData("""{"type":"CPU"}""", "name")]
    [InlineData("""{"type":"CPU","name":"x"}""", "name")]
    [InlineData("""{"type":"Cooler","name":"some"}""", "type")]
    [InlineData("""{"name":"some"}""", "type")]
    [InlineData("""{"type":"CPU","name":"some","inactiveDevices":[1]}""", "inactiveDevices")]
    [InlineData("""{"type":"Storage","name":"some","inactiveDevices":[1]}""", "inactiveDevices")]
    [InlineData("""{"type":"InfiniBand","name":"some","inactiveDevices":[-1]}""", "inactiveDevices")]
    [InlineData("""{"type":"InfiniBand","name":"some","inactiveDevices":[4294967296]}""", "inactiveDevices")]
    [InlineData("""{"type":"CPU","name":"some","count":-1}""", "count")]
    [InlineData("""{"type":"CPU","name":"some","count":4294967296}""", "count")]
    [InlineData("""{"type":"CPU","name":"some","cores":-1}""", "cores")]
    [InlineData("""{"type":"CPU","name":"some","deviceType":"DPU"}""", "deviceType")]
    [InlineData("""{"type":"GPU","name":"some","deviceType":"DPU"}""", "deviceType")]
    [InlineData("""{"type":"Network","name":"some","deviceType":"NVLink"}""", "deviceType")]
    [InlineData("""{"type":"Network","name":"some","deviceType":"whatever"}""", "deviceType")]
    [InlineData("""{"type":"Memory","name":"some","deviceType":""}""", "deviceType")]
    public async Task A_wrong_part_is_named(string part, string field)
    {
        var (provider, _) = await host.Provider();
        var body = new JsonObject { ["name"] = "some", ["siteId"] = Guid.NewGuid().ToString(), ["machineCapabilities"] = new JsonArray(JsonNode.Parse(part)) };
        (await provider.Post("instance/type", body)).Fails(400, $"machineCapabilities.0.{field}");
    }

    [Fact]
    public async Task Every_wrong_field_is_named()
    {
        var (provider, _) = await host.Provider();
        var (other, _) = await host.Provider();
        var theirs = (await other.Post("site", new { name = "theirs" })).Is(201)["id"].Id();
        (await provider.Post("instance/type", new { })).Fails(400, "name", "siteId");
        foreach (var siteId in new[] { "s", Guid.NewGuid().ToString(), theirs.ToString() })
        {
            (await provider.Post("instance/type", new { name = "some", siteId })).Fails(400, "siteId");
        }

        (await provider.Post("instance/type", new
        {
            name = "some",
            siteId = theirs,
            machineCapabilities = new[] { new { type = "GPU", name = "same" }, new { type = "GPU", name = "same" } },
        })).Fails(400, "machineCapabilities");
        (await provider.Post("instance/type", new { name = "some", siteId = theirs, controllerMachineType = "x" })).Fails(400, "controllerMachineType");
        (await provider.Post("instance/type", new { name = "some", siteId = theirs, labels = new Dictionary<string, string> { [""] = "x" } })).Fails(400, "labels");
        (await provider.Post("instance/type", new { name = "some", siteId = theirs, labels = Enumerable.Range(0, 11).ToDictionary(i => $"k{i}", _ => "") }))
            .Fails(400, "labels");
        (await provider.Get("instance/type?status=BadStatus")).Is(400);
        (await provider.Get("instance/type?pageSize=200")).Is(400);
        (await provider.Get($"instance/type?siteId={theirs}")).Fails(400, "siteId");
        (await provider.Get($"instance/type/{Guid.NewGuid()}")).Is(404);
        (await provider.Get("instance/type?excludeUnallocated=true")).Is(403);
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.Unimplemented)]
    public async Task A_site_that_keeps_no_instance_types_does_not_stand_in_the_way(StatusCode code)
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=1");
        foreach (var rpc in new[] { "CreateInstanceType", "UpdateInstanceType", "DeleteInstanceType" })
        {
            world.Simulated.Faults.Add(new() { Kind = FaultKind.Refuse, Rpc = rpc, Code = code });
        }

        var type = await world.NewType();
        var path = $"instance/type/{type["id"]}";
        Assert.Equal("renamed", (await world.Provider.Patch(path, new { name = "renamed" })).Is(200)["name"].Text());
        (await world.Provider.Delete(path)).Is(202);
        (await world.Provider.Get(path)).Is(404);
    }

    [Fact]
    public async Task A_type_whose_creation_arrives_once_more_after_its_deletion_goes_again_and_is_not_taken_over()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=1");
        await world.Simulated.ArrivesLate("CreateInstanceType", async () =>
        {
            var path = $"instance/type/{(await world.NewType())["id"]}";
            (await world.Provider.Delete(path)).Is(202);
            await world.Provider.Gone(path);
        });
        await Wait.Until(() => world.Simulated.InstanceTypes.Count == 0, what: "the site has no type any more");
        Assert.Equal(0, (await world.Provider.Get($"instance/type?siteId={world.Site.Id}")).Total);
    }

    [Fact]
    public async Task What_the_site_refuses_leaves_no_trace()
    {
        await using var world = await TypeWorld.Make(host);
        var type = await world.NewType("kept", new { type = "CPU", name = "Xeon" });
        var path = $"instance/type/{type["id"]}";
        foreach (var rpc in new[] { "CreateInstanceType", "UpdateInstanceType", "DeleteInstanceType", "AssociateMachinesWithInstanceType" })
        {
            world.Simulated.Faults.Add(new() { Kind = FaultKind.Refuse, Rpc = rpc, Code = StatusCode.InvalidArgument });
        }

        (await world.Provider.Post("instance/type", world.Order("refused"))).Is(400);
        Assert.Equal(["kept"], (await world.Provider.Get("instance/type")).Items().Select(t => t!["name"].Text()));
        (await world.Provider.Patch(path, new { name = "other", labels = new { a = "b" }, machineCapabilities = Array.Empty<object>() })).Is(400);
        var shown = (await world.Provider.Get(path)).Is(200);
        Assert.Equal(("kept", "{}"), (shown["name"].Text(), shown["labels"]!.ToJsonString()));
        Assert.Equal(["Xeon"], shown["machineCapabilities"]!.Names());
        (await world.Provider.Delete(path)).Is(400);
        Assert.Equal("Ready", (await world.Provider.Get(path)).Is(200)["status"].Text());
        (await world.Provider.Patch(path, new { machineCapabilities = Array.Empty<object>() })).Is(400);
        world.Simulated.Faults.Clear();
        (await world.Provider.Patch(path, new { machineCapabilities = Array.Empty<object>() })).Is(200);
        world.Simulated.Faults.Add(new() { Kind = FaultKind.Refuse, Rpc = "AssociateMachinesWithInstanceType", Code = StatusCode.InvalidArgument });
        (await world.Provider.Post($"{path}/machine", new { machineIds = world.Machines[..2] })).Is(400);
        (await world.Provider.Post($"{path}/machine", new { machineIds = world.Machines[..1] })).Is(400);
        Assert.Empty((await world.Provider.Get($"{path}/machine")).Items());
        Assert.All((await world.Provider.Get("machine")).Items(), machine => Assert.Null(machine!["instanceTypeId"]));
    }

    [Fact]
    public async Task Machines_join_and_leave_here_and_at_the_site()
    {
        await using var world = await TypeWorld.Make(host);
        var type = await world.NewType();
        var path = $"instance/type/{type["id"]}";
        var joined = (await world.Provider.Post($"{path}/machine", new { machineIds = new[] { world.Machines[2], world.Machines[0] } })).Is(201);
        Assert.Equal([world.Machines[2], world.Machines[0]], joined.AsArray().Select(each => each!["machineId"].Text()));
        Assert.All(joined.AsArray(), each =>
        {
            Assert.Equal(type["id"].Id(), each!["instanceTypeId"].Id());
            Assert.Equal("id", Assert.Single(each["deprecations"]!.AsArray())!["attribute"].Text());
        });
        Assert.Equal(type["id"].Text(), world.Simulated.Machine(world.Machines[0])!.InstanceTypeId);
        Assert.Equal(1, world.Simulated.AcceptedCalls["AssociateMachinesWithInstanceType"]);
        await StaysFor(world, world.Machines[0], type["id"].Text());
        Assert.Equal(2, (await world.Provider.Get($"{path}/machine?orderBy=CREATED_DESC")).Items().Count);
        Assert.Equal(2, (await world.Provider.Get($"{path}?includeMachineAssociation=true")).Is(200)["machineInstanceTypes"]!.AsArray().Count);
        Assert.Equal(2, (await world.Provider.Get("instance/type?includeMachineAssignment=true")).Items()[0]!["machineInstanceTypes"]!.AsArray().Count);
        (await world.Provider.Get($"{path}/machine?orderBy=NAME_ASC")).Is(400);
        (await world.Provider.Get($"{path}/machine?pageSize=120")).Is(400);
        (await world.Provider.Patch(path, new { machineCapabilities = Array.Empty<object>() })).Is(412);

        (await world.Provider.Delete($"{path}/machine/{world.Machines[1]}")).Is(404);
        (await world.Provider.Delete($"{path}/machine/{joined[0]!["id"]}")).Is(202);
        (await world.Provider.Delete($"{path}/machine/{world.Machines[0]}")).Is(202);
        (await world.Provider.Delete($"{path}/machine/{world.Machines[0]}")).Is(404);
        Assert.False(world.Simulated.Machine(world.Machines[0])!.HasInstanceTypeId);
        Assert.Null((await world.Provider.Get($"machine/{world.Machines[2]}")).Is(200)["instanceTypeId"]);

        (await world.Provider.Post($"{path}/machine", new { machineIds = world.Machines[..2] })).Is(201);
        (await world.Provider.Delete(path)).Is(202);
        Assert.All((await world.Provider.Get("machine")).Items(), machine => Assert.Null(machine!["instanceTypeId"]));
        Assert.False(world.Simulated.Machine(world.Machines[0])!.HasInstanceTypeId);
    }

    [Fact]
    public async Task Only_fitting_machines_join_and_all_or_none()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=3");
        var fits = (await world.Provider.Get($"machine/{world.Machines[0]}")).Is(200)["machineCapabilities"]!.AsArray()
            .Select(part => new { type = part!["type"].Text(), name = part["name"].Text(), count = part["count"].Number() });
        var type = await world.NewType(null, [.. fits]);
        var path = $"instance/type/{type["id"]}/machine";
        var wrong = await world.NewType(null, new { type = "GPU", name = "Quantum" });
        (await world.Provider.Post($"instance/type/{wrong["id"]}/machine", new { machineIds = world.Machines[..1] })).Is(409);
        (await world.Provider.Post(path, new[] { "a" })).Is(400);
        (await world.Provider.Post(path, new { machineIds = Array.Empty<string>() })).Fails(400, "machineIds");
        (await world.Provider.Post(path, new { machineIds = new[] { world.Machines[0], "unknown" } })).Fails(400, "machineIds");
        (await world.Provider.Post(path, new { machineIds = new[] { world.Machines[0], world.Machines[0] } })).Is(409);
        (await world.Provider.Patch($"machine/{world.Machines[1]}", new { setMaintenanceMode = true, maintenanceMessage = "Fans are replaced" })).Is(200);
        (await world.Provider.Post(path, new { machineIds = world.Machines[..2] })).Fails(400, "machineIds");
        Assert.Empty((await world.Provider.Get(path)).Items());
        (await world.Provider.Post(path, new { machineIds = world.Machines[..1] })).Is(201);
        (await world.Provider.Post(path, new { machineIds = world.Machines[..1] })).Is(409);
        var any = await world.NewType();
        (await world.Provider.Post($"instance/type/{any["id"]}/machine", new { machineIds = new[] { world.Machines[2], world.Machines[0] } })).Is(409);

        await using var other = await TypeWorld.Make(host, "dgx-h100=1", world.Provider);
        (await world.Provider.Post($"instance/type/{any["id"]}/machine", new { machineIds = other.Machines })).Fails(400, "machineIds");
        Assert.Empty((await world.Provider.Get($"instance/type/{any["id"]}/machine")).Items());
    }

    [Fact]
    public async Task A_machine_joins_one_of_many()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=2");
        var types = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.NewType()));
        var answers = await Task.WhenAll(types.Select((type, i) => i % 2 == 0
            ? world.Provider.Post($"instance/type/{type["id"]}/machine", new { machineIds = i % 4 == 0 ? world.Machines : world.Machines.Reverse() })
            : world.Provider.Patch($"machine/{world.Machines[0]}", new { instanceTypeId = type["id"] })));
        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 201 or 409, answer.ToString()));
        Assert.Contains(answers, answer => answer.Status is 200 or 201);
        var total = 0;
        foreach (var type in types)
        {
            total += (await world.Provider.Get($"instance/type/{type["id"]}/machine")).Items().Count;
        }

        var machines = (await world.Provider.Get("machine")).Items();
        Assert.Equal(machines.Count(machine => machine!["instanceTypeId"] is not null), total);
        foreach (var machine in machines)
        {
            var there = world.Simulated.Machine(machine!["id"].Text())!;
            Assert.Equal(machine["instanceTypeId"]?.Text() ?? "", there.InstanceTypeId);
        }
    }

    [Fact]
    public async Task What_is_made_and_changed_at_the_site_is_followed()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=1");
        var made = world.Simulated.Faults.Add(new() { Kind = FaultKind.ObjectAppears, Resource = "instance-type", Name = "made-there" });
        var list = await world.Provider.Eventually("instance/type", types => types.AsArray().Count == 1);
        Assert.Equal("made-there", list[0]!["name"].Text());
        Assert.Equal("Ready", list[0]!["status"].Text());
        var id = list[0]!["id"].Text();
        world.Simulated.Faults.Add(new()
        {
            Kind = FaultKind.Drift,
            Resource = "instance-type",
            Target = id,
            Name = "renamed-there",
            Labels = new Dictionary<string, string> { ["a"] = "b" },
        });
        var shown = await world.Provider.Eventually($"instance/type/{id}", type => type["name"].Text() == "renamed-there");
        Assert.Equal("b", shown["labels"]!["a"].Text());
        Assert.Null(shown["description"]);

        var kept = await world.NewType("kept");
        world.Simulated.Faults.Add(Fault.Lose("instance-type", kept["id"].Text()));
        var lost = await world.Provider.Eventually($"instance/type/{kept["id"]}", type => type["status"].Text() == "Error");
        Assert.Equal(["Error", "Ready"], lost.Statuses());
        world.Simulated.Faults.Clear();
        await world.Provider.Eventually($"instance/type/{kept["id"]}", type => type["status"].Text() == "Ready");
    }

    [Fact]
    public async Task A_deleted_one_that_its_site_keeps_stays_deleted()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=1");
        var type = await world.NewType();
        world.Simulated.Faults.Add(new() { Kind = FaultKind.Refuse, Rpc = "DeleteInstanceType", Code = StatusCode.PermissionDenied });
        (await world.Provider.Delete($"instance/type/{type["id"]}")).Is(202);
        world.Simulated.Faults.Add(new() { Kind = FaultKind.ObjectAppears, Resource = "instance-type", Name = "a-later-one" });
        await world.Provider.Eventually("instance/type", types => types.AsArray().Any(t => t!["name"].Text() == "a-later-one"));
        Assert.NotNull(world.Simulated.InstanceType(type["id"].Text()));
        (await world.Provider.Get($"instance/type/{type["id"]}")).Is(404);
    }

    [Fact]
    public async Task Each_sees_its_own()
    {
        await using var world = await TypeWorld.Make(host);
        var types = new List<JsonNode>();
        foreach (var i in Enumerable.Range(0, 12))
        {
            types.Add(await world.NewType($"type {i:00} {(i % 2 == 0 ? "even" : "odd")}"));
        }

        (await world.Provider.Post($"instance/type/{types[0]["id"]}/machine", new { machineIds = world.Machines[..2] })).Is(201);
        var second = await host.ServiceAccount();
        await using var ownWorld = await TypeWorld.Make(host, "dgx-h100=1", second.Client);
        var own = await ownWorld.NewType("own");
        (await second.Client.Get($"instance/type/{types[0]["id"]}")).Is(404);
        (await second.Client.Get($"instance/type?siteId={world.Site.Id}")).Is(400);
        await world.Allocate(second.TenantId, types[0], 1);
        (await second.Client.Get($"instance/type/{types[0]["id"]}")).Is(200);
        (await second.Client.Get($"instance/type/{types[0]["id"]}?includeMachineAssociation=true")).Is(403);
        Assert.Equal(13, (await second.Client.Get("instance/type?pageSize=100")).Items().Count);
        Assert.Equal(12, (await second.Client.Get($"instance/type?pageSize=100&siteId={world.Site.Id}")).Items().Count);
        Assert.Equal(
            [types[0]["id"].Id(), own["id"].Id()], (await second.Client.Get("instance/type?excludeUnallocated=true&orderBy=CREATED_ASC")).Items().Ids());
        Assert.Equal([own["id"].Id()], (await second.Client.Get($"instance/type?siteId={ownWorld.Site.Id}")).Items().Ids());

        var viewer = host.As(world.Provider.Org, "PROVIDER_VIEWER");
        Assert.Equal(12, (await viewer.Get("instance/type?pageSize=100")).Items().Count);
        var page = await world.Provider.Get("instance/type?pageNumber=2&pageSize=5&orderBy=NAME_ASC");
        Assert.Equal(types.Skip(5).Take(5).Select(type => type["id"].Id()), page.Items().Ids());
        Assert.Equal(6, (await world.Provider.Get("instance/type?query=even%20nowhere")).Items().Count);
        Assert.Empty((await world.Provider.Get("instance/type?status=Error")).Items());
        var related = (await world.Provider.Get($"instance/type/{types[0]["id"]}?includeRelation=Site&includeRelation=InfrastructureProvider")).Is(200);
        Assert.Equal(world.Site.Id, related["site"]!["id"].Id());
        Assert.Equal(world.ProviderId, related["infrastructureProvider"]!["id"].Id());

        var (tenant, tenantId) = await host.Tenant();
        (await tenant.Get("instance/type?includeMachineAssignment=true")).Is(403);
        Assert.Empty((await tenant.Get("instance/type")).Items());
        (await tenant.Get($"instance/type/{types[0]["id"]}")).Is(404);
        await world.Allocate(tenantId, types[0], 1);
        Assert.Equal(12, (await tenant.Get("instance/type?pageSize=100")).Items().Count);
        (await tenant.Get($"instance/type/{types[0]["id"]}/machine")).Is(403);
    }

    private static async Task StaysFor(TypeWorld world, string machine, string type)
    {
        // Two more rounds: what the site reports from now on says the same.
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var calls = world.Simulated.AcceptedCalls["FindMachineIds"];
            await Wait.Until(() => world.Simulated.AcceptedCalls["FindMachineIds"] > calls + 1);
            Assert.Equal(type, (await world.Provider.Get($"machine/{machine}")).Is(200)["instanceTypeId"].Text());
        }
    }
}
