using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Instances of an instance type. spec/30-instance.md, sections 5.1 and 15.1.</summary>
public sealed class InstanceByTypeTests(TestHost host) : IAsyncLifetime
{
    private InstanceWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await InstanceWorld.Make(host.Host, "dgx-h100=6", routedOnly: true);

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private string[] Machines(int count) => [.. Enumerable.Range(0, count).Select(_ => _world.Machine())];

    [Fact]
    public async Task A_free_machine_of_the_type_is_taken_and_shown_with_it()
    {
        var machines = Machines(3);
        var type = await _world.MakeType(machines);
        await _world.Allocate(type, 2);
        var made = (await _world.Client.Post("instance", _world.OrderOf(type))).Is(201);
        Assert.Contains(made["machineId"].Text(), machines);
        Assert.Equal(type, made["instanceTypeId"].Id());
        var ready = await _world.Ready(made["id"].Id());
        Assert.False(ready.AsObject().ContainsKey("instanceType"));
        var typeId = type.ToString();
        Assert.Equal(typeId, Assert.Single(_world.Simulated.Instances, i => i.Id.Value == made["id"].Text()).InstanceTypeId);

        var shown = (await _world.Client.Get($"instance/{made["id"]}?includeRelation=InstanceType")).Is(200);
        Assert.Equal(type, shown["instanceType"]!["id"].Id());
        Assert.Equal("InUse", await _world.MachineStatus(made["machineId"].Text()));

        var other = await _world.MakeType([]);
        var targeted = await _world.CreateReady();
        Assert.Null(targeted["instanceTypeId"]);
        Assert.Equal(made["id"].Text(), Assert.Single((await _world.Client.Get($"instance?instanceTypeId={type}")).Items())!["id"].Text());
        Assert.Empty((await _world.Client.Get($"instance?instanceTypeId={other}")).Items());
        Assert.Single((await _world.Client.Get($"instance?instanceTypeId={other}&instanceTypeId={type}")).Items());
        (await _world.Client.Get($"instance?instanceTypeId={Guid.NewGuid()}")).Is(400);
        Assert.Equal(
            [made["id"].Text(), targeted["id"].Text()],
            (await _world.Client.Get("instance?orderBy=INSTANCE_TYPE_NAME_ASC")).Items().Select(i => i!["id"].Text()));
    }

    [Fact]
    public async Task The_quota_is_the_sum_of_what_was_given_and_free_again_with_the_machine()
    {
        var type = await _world.MakeType(Machines(4));
        await _world.Allocate(type, 1);
        await _world.Allocate(type, 2);
        List<JsonNode> made = [];
        for (var i = 0; i < 3; i++)
        {
            made.Add((await _world.Client.Post("instance", _world.OrderOf(type))).Is(201));
        }

        (await _world.Client.Post("instance", _world.OrderOf(type))).Is(403);
        await Task.WhenAll(made.Select(instance => _world.Ready(instance["id"].Id())));
        (await _world.Client.Delete($"instance/{made[0]["id"]}")).Is(202);
        await _world.Client.Gone($"instance/{made[0]["id"]}");
        (await _world.Client.Post("instance", _world.OrderOf(type))).Is(201);
        (await _world.Client.Post("instance", _world.OrderOf(type))).Is(403);
    }

    [Fact]
    public async Task What_keeps_an_instance_of_a_type_from_being_made()
    {
        var type = await _world.MakeType(Machines(2));
        (await _world.Client.Post("instance", _world.OrderOf(type))).Is(403);
        (await _world.Client.Post("instance", _world.OrderOf(Guid.NewGuid()))).Fails(400, "instanceTypeId");
        await _world.Allocate(type, 2);

        // One machine is used otherwise, the other stops being usable: the type has none that is free.
        var machines = (await _world.Client.Get($"machine?instanceTypeId={type}")).Items().Select(m => m!["id"].Text()).ToArray();
        var targeted = (await _world.Client.Post("instance", _world.Order(machines[0]))).Is(201);
        Assert.Null(targeted["instanceTypeId"]);
        (await _world.Client.Patch($"machine/{machines[1]}", new { setMaintenanceMode = true, maintenanceMessage = "a fan is loud" })).Is(200);
        (await _world.Client.Post("instance", _world.OrderOf(type))).Fails(400, "instanceTypeId");

        var both = _world.OrderOf(type);
        both["machineId"] = machines[1];
        (await _world.Client.Post("instance", both)).Fails(400, "machineId");
        var nowhere = await InstanceWorld.Make(host.Host, "dgx-h100=1", routedOnly: true);
        await using (nowhere)
        {
            // Of another provider, and at another site.
            var theirs = await nowhere.MakeType([nowhere.Machine()]);
            (await _world.Client.Post("instance", _world.OrderOf(theirs))).Fails(400, "instanceTypeId");
        }
    }

    [Fact]
    public async Task Another_tenant_at_the_site_has_a_quota_of_its_own()
    {
        var type = await _world.MakeType(Machines(3));
        await _world.Allocate(type, 1);
        var (tenant, tenantId) = await host.Tenant();
        var block = await _world.Give(tenantId);
        var vpc = await _world.MakeVpc("FNN", tenant);
        var order = new JsonObject
        {
            ["name"] = "theirs",
            ["instanceTypeId"] = type,
            ["vpcId"] = vpc,
            ["operatingSystemId"] = await _world.MakeSystem(by: tenant),
            ["interfaces"] = new JsonArray(new JsonObject { ["vpcPrefixId"] = await _world.MakePrefix(vpc, tenant, block) }),
        };
        (await tenant.Post("instance", order)).Is(403);
        await _world.Allocate(type, 1, tenantId);
        var theirs = (await tenant.Post("instance", order)).Is(201);
        order["name"] = "more";
        (await tenant.Post("instance", order)).Is(403);
        (await _world.Client.Post("instance", _world.OrderOf(type))).Is(201);
        (await _world.Client.Get($"instance/{theirs["id"]}")).Is(404);
    }

    [Fact]
    public async Task Many_at_once_never_exceed_the_quota_nor_share_a_machine()
    {
        var type = await _world.MakeType(Machines(6));
        await _world.Allocate(type, 4);
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => _world.Client.Post("instance", _world.OrderOf(type))));
        Assert.Equal(4, answers.Count(answer => answer.Status == 201));
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.Is(403));
        Assert.Equal(4, answers.Where(answer => answer.Status == 201).Select(answer => answer.Json!["machineId"].Text()).Distinct().Count());
        Assert.Equal((4, 4), await _world.Held());
    }

    [Fact]
    public async Task A_machine_that_somebody_holds_for_a_moment_is_waited_for()
    {
        var type = await _world.MakeType(Machines(1));
        await _world.Allocate(type, 1);
        await using var connection = await host.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var report = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Dapper.SqlMapper.ExecuteAsync(
            connection, "select 1 from hardware.machine where instance_type_id = @type for update", new { type }, report);
        var order = _world.Client.Post("instance", _world.OrderOf(type));
        await Wait.Until(async () => await _world.Read<int>("select count(*)::int from pg_locks where not granted", new { }) > 0);
        await report.CommitAsync(TestContext.Current.CancellationToken);
        (await order).Is(201);
    }

    [Fact]
    public async Task Devices_are_those_of_the_type_or_else_of_the_machine()
    {
        var machines = Machines(2);
        var capability = (await _world.Client.Get($"machine/{machines[0]}")).Is(200)["machineCapabilities"]!.AsArray()
            .Single(c => c!["deviceType"]?.GetValue<string>() == "DPU" && c["type"].Text() == "Network")!;
        var silent = await _world.MakeType([machines[0]]);
        var telling = await _world.MakeType(
            [machines[1]],
            [new { type = "Network", name = capability["name"].Text(), deviceType = "DPU", count = capability["count"].Number() }]);
        foreach (var type in new[] { silent, telling })
        {
            await _world.Allocate(type, 1);
            var order = _world.OrderOf(type);
            order["interfaces"] = new JsonArray(_world.OnDpu(0), _world.OnDpu(capability["count"].Number()));
            Assert.Contains("deviceInstance", (await _world.Client.Post("instance", order)).Is(400)["data"]!.ToJsonString(), StringComparison.Ordinal);
            order["interfaces"] = new JsonArray(_world.OnDpu(0));
            (await _world.Client.Post("instance", order)).Is(201);
        }
    }

    [Fact]
    public async Task What_the_site_refuses_gives_quota_and_machine_back()
    {
        var type = await _world.MakeType(Machines(1));
        await _world.Allocate(type, 1);
        _world.Simulated.Faults.Add(Nico.SiteSimulator.Fault.Refuse("AllocateInstance", Grpc.Core.StatusCode.FailedPrecondition, message: "no power"));
        (await _world.Client.Post("instance", _world.OrderOf(type))).Is(412);
        _world.Simulated.Faults.Clear();
        Assert.Equal((0, 0), await _world.Held());
        (await _world.Client.Post("instance", _world.OrderOf(type))).Is(201);
    }
}
