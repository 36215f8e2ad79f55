using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Allocations of machines, and what counts them: spec/20-ip-and-allocation.md, sections 6 and 7; spec/31-instance-type.md, section 5.</summary>
public sealed class MachineAllocationTests(TestHost host)
{
    [Fact]
    public async Task Machines_are_given_as_long_as_there_are_some()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=10");
        var type = await world.NewType(10);
        var (first, firstId) = await host.Tenant();
        var (_, secondId) = await host.Tenant();
        var six = await world.Allocate(firstId, type, 6);
        var constraint = Assert.Single(six["allocationConstraints"]!.AsArray())!;
        Assert.Equal(type["id"].Id(), constraint["instanceType"]!["id"].Id());
        Assert.Equal("Ready", constraint["instanceType"]!["status"].Text());
        Assert.Null(constraint["derivedResourceId"]);
        Assert.False(constraint.AsObject().ContainsKey("ipBlock"));
        Assert.Equal(six.ToJsonString(), (await first.Get($"allocation/{six["id"]}")).Is(200).ToJsonString());
        await world.Allocate(secondId, type, 3);
        await world.Allocate(firstId, type, 1);
        (await world.Provider.Post("allocation", world.Allocation(firstId, type, 1))).Is(409);
        Assert.Equal(2, (await first.Get($"allocation?resourceType=InstanceType&resourceTypeId={type["id"]}&orderBy=INSTANCE_TYPE_NAME_ASC")).Items().Count);

        var path = $"allocation/{six["id"]}/constraint/{constraint["id"]}";
        (await world.Provider.Patch(path, new { constraintValue = 7 })).Fails(400, "constraintValue");
        Assert.Equal(5, (await world.Provider.Patch(path, new { constraintValue = 5 })).Is(200)["constraintValue"].Number());
        var grown = (await world.Provider.Patch(path, new { constraintValue = 6 })).Is(200);
        Assert.Equal(type["id"].Id(), grown["instanceType"]!["id"].Id());
        Assert.Equal(type["id"].Id(), (await world.Provider.Patch(path, new { constraintValue = 6 })).Is(200)["instanceType"]!["id"].Id());

        (await world.Provider.Delete($"instance/type/{type["id"]}")).Is(400);
        (await world.Provider.Delete($"instance/type/{type["id"]}/machine/{world.Machines[0]}")).Is(400);
        (await world.Provider.Patch($"machine/{world.Machines[0]}", new { clearInstanceType = true })).Is(400);
        var other = await world.NewType();
        (await world.Provider.Patch($"machine/{world.Machines[0]}", new { instanceTypeId = other["id"] })).Is(400);
        (await world.Provider.Patch(path, new { constraintValue = 5 })).Is(200);
        (await world.Provider.Delete($"instance/type/{type["id"]}/machine/{world.Machines[0]}")).Is(202);
    }

    [Fact]
    public async Task Only_reserved_machines_of_own_types_at_the_site_are_given()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=1");
        var type = await world.NewType(1);
        var (_, tenantId) = await host.Tenant();
        foreach (var constraint in new[] { "OnDemand", "Preemptible" })
        {
            (await world.Provider.Post("allocation", world.Allocation(tenantId, type, 1, constraint))).Fails(400, "allocationConstraints.0.constraintType");
        }

        (await world.Provider.Post("allocation", world.Allocation(tenantId, type, 0))).Fails(400, "allocationConstraints.0.constraintValue");
        var unknown = new JsonObject { ["id"] = Guid.NewGuid().ToString() };
        (await world.Provider.Post("allocation", world.Allocation(tenantId, unknown, 1))).Fails(400, "allocationConstraints.0.resourceTypeId");
        await using var elsewhere = await TypeWorld.NewSite(host, world.Provider);
        (await world.Provider.Post("allocation", world.Allocation(tenantId, type, 1, siteId: elsewhere.Id))).Fails(400, "allocationConstraints.0.resourceTypeId");
        await using var foreign = await TypeWorld.Make(host, "dgx-h100=1");
        (await world.Provider.Post("allocation", world.Allocation(tenantId, await foreign.NewType(1), 1))).Fails(400, "allocationConstraints.0.resourceTypeId");
        Assert.Equal(0, (await world.Provider.Get("allocation")).Total);
    }

    [Fact]
    public async Task What_instances_use_is_not_taken_away()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=6");
        var type = await world.NewType(6);
        var (_, tenantId) = await host.Tenant();
        var first = await world.Allocate(tenantId, type, 3);
        var second = await world.Allocate(tenantId, type, 2);
        await world.Use(tenantId, type, world.Machines[..3]);
        (await world.Provider.Delete($"allocation/{first["id"]}")).Is(400);
        var constraint = $"allocation/{first["id"]}/constraint/{first["allocationConstraints"]![0]!["id"]}";
        (await world.Provider.Patch(constraint, new { constraintValue = 1 })).Is(200);
        (await world.Provider.Delete($"allocation/{second["id"]}")).Is(400);
        (await world.Provider.Patch(constraint, new { constraintValue = 3 })).Is(200);
        (await world.Provider.Delete($"allocation/{second["id"]}")).Is(202);
        (await world.Provider.Patch(constraint, new { constraintValue = 2 })).Fails(400, "constraintValue");
        (await world.Provider.Delete($"instance/type/{type["id"]}/machine/{world.Machines[0]}")).Is(400);
        (await world.Provider.Patch($"machine/{world.Machines[0]}", new { clearInstanceType = true })).Is(400);
    }

    [Fact]
    public async Task Of_many_that_want_the_last_machines_only_so_many_win()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=6");
        var type = await world.NewType(6);
        var tenants = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.Tenant()));
        var grown = await world.Allocate(tenants[0].TenantId, type, 1);
        var path = $"allocation/{grown["id"]}/constraint/{grown["allocationConstraints"]![0]!["id"]}";
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => (i % 3) switch
        {
            0 => world.Provider.Patch(path, new { constraintValue = 1 + (i % 4) }),
            1 => world.Provider.Delete($"instance/type/{type["id"]}/machine/{world.Machines[i % 6]}"),
            _ => world.Provider.Post("allocation", world.Allocation(tenants[i % 4].TenantId, type, 1)),
        }));
        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 201 or 202 or 400 or 404 or 409, answer.ToString()));
        var stats = (await world.Provider.Get($"instance/type/{type["id"]}?includeAllocationStats=true")).Is(200)["allocationStats"]!;
        Assert.True(stats["total"].Number() <= stats["assigned"].Number(), stats.ToJsonString());
        Assert.Equal(
            (await world.Provider.Get("allocation?pageSize=100")).Items().Sum(a => a!["allocationConstraints"]![0]!["constraintValue"].Number()), stats["total"].Number());
    }

    [Fact]
    public async Task Statistics_tell_what_is_promised_and_used()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=12");
        var large = await world.NewType(8);
        var small = await world.NewType(3, from: 8);
        var (first, firstId) = await host.Tenant();
        var (second, secondId) = await host.Tenant();
        await world.Allocate(firstId, large, 4);
        await world.Allocate(firstId, large, 1);
        await world.Allocate(secondId, large, 2);
        await world.Allocate(secondId, small, 1);
        await world.Use(firstId, large, world.Machines[..3]);
        await world.Use(secondId, large, world.Machines[3]);
        var path = $"instance/type/{large["id"]}?includeAllocationStats=true";
        Assert.Equal(
            """{"assigned":8,"total":7,"used":4,"unused":3,"unusedUsable":3,"maxAllocatable":1}""",
            (await world.Provider.Get(path)).Is(200)["allocationStats"]!.ToJsonString());
        Assert.Equal(
            """{"assigned":8,"total":5,"used":3,"unused":2,"unusedUsable":2}""", (await first.Get(path)).Is(200)["allocationStats"]!.ToJsonString());
        var list = (await second.Get("instance/type?includeAllocationStats=true&orderBy=CREATED_ASC")).Items();
        Assert.Equal("""{"assigned":8,"total":2,"used":1,"unused":1,"unusedUsable":1}""", list[0]!["allocationStats"]!.ToJsonString());
        Assert.Equal("""{"assigned":3,"total":1,"used":0,"unused":1,"unusedUsable":1}""", list[1]!["allocationStats"]!.ToJsonString());

        // A tenant without any of it learns nothing of what others have.
        var (third, thirdId) = await host.Tenant();
        await world.Allocate(thirdId, small, 1);
        Assert.Equal("""{"assigned":8,"total":0,"used":0,"unused":0,"unusedUsable":0}""", (await third.Get(path)).Is(200)["allocationStats"]!.ToJsonString());

        var stats = (await world.Provider.Get($"machine/instance-type/stats?siteId={world.Site.Id}")).Is(200).AsArray();
        var ofLarge = stats.Single(type => type!["id"].Id() == large["id"].Id())!;
        Assert.Equal(large["name"].Text(), ofLarge["name"].Text());
        Assert.Equal((8, 4, 4), (Of(ofLarge, "assignedMachineStats", "total"), Of(ofLarge, "assignedMachineStats", "ready"), Of(ofLarge, "assignedMachineStats", "inUse")));
        Assert.Equal((7, 4, 1), (ofLarge["allocated"].Number(), Of(ofLarge, "usedMachineStats", "total"), ofLarge["maxAllocatable"].Number()));
        var tenant = ofLarge["tenants"]!.AsArray().Single(each => each!["id"].Id() == firstId)!;
        Assert.Equal((first.Org, 5, 3), (tenant["name"].Text(), tenant["allocated"].Number(), Of(tenant, "usedMachineStats", "inUse")));
        Assert.Equal([1, 4], tenant["allocations"]!.AsArray().Select(each => (int)each!["total"].Number()).Order());
        var summary = (await world.Provider.Get($"machine/instance-type/stats/summary?siteId={world.Site.Id}")).Is(200);
        Assert.Equal((11, 1), (Of(summary, "assigned", "total"), Of(summary, "unassigned", "total")));

        var tenants = (await world.Provider.Get($"tenant/instance-type/stats?siteId={world.Site.Id}")).Is(200).AsArray();
        Assert.Equal(new[] { first.Org, second.Org, third.Org }.Order(StringComparer.Ordinal), tenants.Select(each => each!["org"].Text()));
        var ofSecond = tenants.Single(each => each!["id"].Id() == secondId)!;
        Assert.Equal(second.Org, ofSecond["orgDisplayName"].Text());
        Assert.Equal(
            new[] { large["name"].Text(), small["name"].Text() }.Order(StringComparer.Ordinal), ofSecond["instanceTypes"]!.AsArray().Select(each => each!["name"].Text()));
        var theirs = ofSecond["instanceTypes"]!.AsArray().Single(each => each!["id"].Id() == large["id"].Id())!;
        Assert.Equal((2, 1, 1), (theirs["allocated"].Number(), Of(theirs, "usedMachineStats", "total"), theirs["maxAllocatable"].Number()));
        (await world.Provider.Get("tenant/instance-type/stats")).Fails(400, "siteId");
        (await world.Provider.Get($"tenant/instance-type/stats?siteId={Guid.NewGuid()}")).Fails(400, "siteId");
        await using var empty = await TypeWorld.NewSite(host, world.Provider);
        Assert.Equal("[]", (await world.Provider.Get($"tenant/instance-type/stats?siteId={empty.Id}")).Is(200).ToJsonString());

        static long Of(JsonNode node, string part, string status) => node[part]![status].Number();
    }

    [Fact]
    public async Task A_machine_is_put_into_an_instance_type()
    {
        await using var world = await TypeWorld.Make(host, "dgx-h100=3");
        var type = await world.NewType("first-kind");
        var other = await world.NewType();
        var path = $"machine/{world.Machines[0]}";
        var machine = (await world.Provider.Patch(path, new { instanceTypeId = type["id"] })).Is(200);
        Assert.Equal(type["id"].Id(), machine["instanceTypeId"].Id());
        Assert.Equal(1, world.Simulated.AcceptedCalls["AssociateMachinesWithInstanceType"]);
        Assert.Equal(type["id"].Text(), world.Simulated.Machine(world.Machines[0])!.InstanceTypeId);
        (await world.Provider.Patch(path, new { instanceTypeId = type["id"] })).Fails(400, "instanceTypeId");
        (await world.Provider.Patch(path, new { instanceTypeId = Guid.NewGuid() })).Fails(400, "instanceTypeId");
        await using var foreign = await TypeWorld.Make(host, "dgx-h100=1");
        (await world.Provider.Patch(path, new { instanceTypeId = (await foreign.NewType())["id"] })).Fails(400, "instanceTypeId");
        (await world.Provider.Patch(path, new { instanceTypeId = (await world.NewType(null, new { type = "GPU", name = "Quantum" }))["id"] })).Fails(400, "instanceTypeId");
        var related = (await world.Provider.Get($"{path}?includeRelation=InstanceType")).Is(200);
        Assert.Equal("first-kind", related["instanceType"]!["name"].Text());
        Assert.Equal([world.Machines[0]], (await world.Provider.Get($"machine?instanceTypeId={type["id"]}&instanceTypeId={other["id"]}")).Items().Select(m => m!["id"].Text()));
        Assert.Equal(2, (await world.Provider.Get("machine?hasInstanceType=false")).Items().Count);

        (await world.Provider.Patch(path, new { instanceTypeId = other["id"] })).Is(200);
        Assert.Equal(0, world.Simulated.AcceptedCalls.GetValueOrDefault("RemoveMachineInstanceTypeAssociation"));
        Assert.Equal(other["id"].Text(), world.Simulated.Machine(world.Machines[0])!.InstanceTypeId);
        world.Simulated.Faults.Add(new() { Kind = FaultKind.Refuse, Rpc = "AssociateMachinesWithInstanceType", Code = StatusCode.Unimplemented });
        (await world.Provider.Patch(path, new { instanceTypeId = type["id"] })).Is(501);
        Assert.Equal(other["id"].Id(), (await world.Provider.Get(path)).Is(200)["instanceTypeId"].Id());
        Assert.Null((await world.Provider.Patch(path, new { clearInstanceType = true })).Is(200)["instanceTypeId"]);
        (await world.Provider.Patch(path, new { clearInstanceType = true })).Fails(400, "clearInstanceType");
        world.Simulated.Faults.Clear();
        (await world.Provider.Patch($"machine/{world.Machines[1]}", new { setMaintenanceMode = true, maintenanceMessage = "Fans are replaced" })).Is(200);
        (await world.Provider.Patch($"machine/{world.Machines[1]}", new { instanceTypeId = type["id"] })).Fails(400, "instanceTypeId");
    }
}
