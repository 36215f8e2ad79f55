using System.Text.Json.Nodes;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

[Collection(typeof(InstanceSiteCollection))]
public sealed class InstanceDeleteTests(InstanceSite site)
{
    private InstanceWorld World => site.World;

    public static TheoryData<string, string, JsonObject> Wrong => new()
    {
        { "no category", "machineHealthIssue.category", new() { ["machineHealthIssue"] = new JsonObject { ["summary"] = "broken" } } },
        { "unknown category", "machineHealthIssue.category", new() { ["machineHealthIssue"] = new JsonObject { ["category"] = "Weather", ["summary"] = "broken" } } },
        { "no summary", "machineHealthIssue.summary", new() { ["machineHealthIssue"] = new JsonObject { ["category"] = "Hardware" } } },
        { "blank summary", "machineHealthIssue.summary", new() { ["machineHealthIssue"] = new JsonObject { ["category"] = "Hardware", ["summary"] = " " } } },
        { "long summary", "machineHealthIssue.summary", new() { ["machineHealthIssue"] = new JsonObject { ["category"] = "Other", ["summary"] = new string('s', 513) } } },
        { "long details", "machineHealthIssue.details", new() { ["machineHealthIssue"] = new JsonObject { ["category"] = "Other", ["summary"] = "s", ["details"] = new string('s', 8193) } } },
        { "issue is text", "machineHealthIssue", new() { ["machineHealthIssue"] = "broken" } },
        { "repair is text", "isRepairTenant", new() { ["isRepairTenant"] = "yes" } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_order_is_400_and_releases_nothing(string what, string field, JsonObject body)
    {
        _ = what;
        var instance = await Shared();
        var released = World.Received("ReleaseInstance");
        (await World.Client.Delete($"instance/{instance["id"]}", body)).Fails(400, field);
        Assert.Equal(instance.ToJsonString(), (await World.Get(instance["id"].Id())).ToJsonString());
        Assert.Equal(released, World.Received("ReleaseInstance"));
    }

    [Fact]
    public async Task Ids_that_are_none_or_nobodys_are_400_and_404()
    {
        (await World.Client.Delete("instance/one")).Fails(400, "instanceId");
        (await World.Client.Delete($"instance/{Guid.CreateVersion7()}")).Is(404);
    }

    [Fact]
    public async Task An_instance_goes_and_leaves_machine_name_and_addresses_free()
    {
        var instance = await World.CreateReady();
        var (id, machine) = (instance["id"].Id(), instance["machineId"].Text());
        var address = instance["interfaces"]![0]!["ipAddresses"]![0].Text();
        var released = World.Received("ReleaseInstance");
        var hold = World.Simulated.Faults.Add(Fault.HoldInstance(id.ToString(), "AdminNetwork"));
        var answer = await World.Client.Delete($"instance/{id}");
        Assert.Equal("Deletion request was accepted", answer.Is(202)["message"].Text());
        var leaving = await World.Get(id);
        Assert.Equal("Terminating", leaving["status"].Text());
        Assert.Equal("Terminating", leaving["statusHistory"]![0]!["status"].Text());
        Assert.Equal("InUse", await World.MachineStatus(machine));
        (await World.Client.Post("instance", World.Order(site.Spare, instance["name"].Text()))).ConflictsWith(instance["id"]);
        (await World.Client.Delete($"instance/{id}")).Is(202);
        Assert.Equal(released + 1, World.Received("ReleaseInstance"));
        World.Simulated.Faults.Remove(hold.Id);
        await World.Client.Gone($"instance/{id}");
        (await World.Client.Get($"instance/{id}/status-history")).Is(404);
        (await World.Client.Delete($"instance/{id}")).Is(404);
        await World.Free(machine);
        Assert.Equal(0, await World.Read<int>("select count(*)::int from compute.interface where instance_id = @id", new { id }));
        Assert.Equal(0, await World.Read<int>("select count(*)::int from compute.status_history where resource_id = @id", new { id = id.ToString() }));
        var next = await World.CreateReady(order => (order["name"], order["machineId"]) = (instance["name"].Text(), machine));
        Assert.Equal(address, next["interfaces"]![0]!["ipAddresses"]![0].Text());
        await World.Remove(next);
    }

    [Theory]
    [InlineData("Hardware", "Hardware")]
    [InlineData("Network", "Network")]
    [InlineData("Performance", "Performance")]
    [InlineData("Storage", "Storage: fans are loud")]
    [InlineData("Software", "Software: fans are loud")]
    [InlineData("Other", "Other")]
    public async Task What_was_wrong_with_the_machine_reaches_the_site(string category, string told)
    {
        var instance = await World.Create();
        var machine = instance["machineId"].Text();
        (await World.Client.Delete($"instance/{instance["id"]}", new { machineHealthIssue = new { category, summary = "fans are loud", details = "since noon" } })).Is(202);
        await World.Client.Gone($"instance/{instance["id"]}");
        var alert = Assert.Single(World.Simulated.Machine(machine)!.Health.Alerts, alert => alert.Id == "TenantReportedIssue");
        Assert.Contains("fans are loud", alert.ToString(), StringComparison.Ordinal);
        Assert.Contains(told, alert.ToString(), StringComparison.OrdinalIgnoreCase);
        await World.Client.Eventually($"machine/{machine}", m => m["status"].Text() == "Error");

        // A tenant that repairs takes the machine, mends it, and says so.
        var repair = await World.Create(order => (order["machineId"], order["allowUnhealthyMachine"]) = (machine, true));
        (await World.Client.Delete($"instance/{repair["id"]}", new { isRepairTenant = true })).Is(202);
        await World.Client.Gone($"instance/{repair["id"]}");
        await World.Free(machine);
        World.GiveBack(machine);
    }

    [Fact]
    public async Task Only_a_tenant_that_may_choose_machines_repairs()
    {
        var other = site.Other;
        var order = World.Order();
        (order["vpcId"], order["operatingSystemId"], order["interfaces"]) = (other.Vpc, other.System, new JsonArray(World.OnPrefix(other.Prefix)));
        var instance = (await other.Client.Post("instance", order)).Is(201);
        await other.Client.Eventually($"instance/{instance["id"]}", i => i["status"].Text() == "Ready");
        await World.Sql(Privileges.Of(other.Id, false), new { });
        (await other.Client.Delete($"instance/{instance["id"]}", new { isRepairTenant = true })).Is(403);
        Assert.Equal("Ready", (await other.Client.Get($"instance/{instance["id"]}")).Is(200)["status"].Text());
        (await other.Client.Delete($"instance/{instance["id"]}", new { isRepairTenant = false })).Is(202);
        await other.Client.Gone($"instance/{instance["id"]}");
        await World.Sql(Privileges.Of(other.Id), new { });
    }

    [Fact]
    public async Task Networks_and_systems_in_use_cannot_be_deleted()
    {
        var vpc = await World.MakeVpc("FNN");
        var prefix = await World.MakePrefix(vpc);
        var subnetVpc = await World.MakeVpc("ETHERNET_VIRTUALIZER");
        var subnet = await World.MakeSubnet(subnetVpc);
        var routed = await World.CreateReady(order => (order["vpcId"], order["interfaces"]) = (vpc, new JsonArray(World.OnPrefix(prefix))));
        var switched = await World.CreateReady(order => (order["vpcId"], order["interfaces"]) = (subnetVpc, new JsonArray(World.OnSubnet(subnet))));
        (await World.Client.Delete($"vpc-prefix/{prefix}")).Is(400);
        (await World.Client.Delete($"subnet/{subnet}")).Is(400);
        (await World.Client.Delete($"vpc/{vpc}")).Is(400);
        (await World.Client.Delete($"vpc/{subnetVpc}")).Is(400);
        await World.Remove(routed);
        await World.Remove(switched);
        (await World.Client.Delete($"vpc-prefix/{prefix}")).Is(204);
        (await World.Client.Delete($"subnet/{subnet}")).Is(204);
        await World.Client.Gone($"vpc-prefix/{prefix}");
        await World.Client.Gone($"subnet/{subnet}");
        (await World.Client.Delete($"vpc/{vpc}")).Is(202);
        (await World.Client.Delete($"vpc/{subnetVpc}")).Is(202);
    }

    /// <summary>One instance for all orders that are refused.</summary>
    private async Task<JsonNode> Shared()
    {
        var list = (await World.Client.Get("instance?name=stays")).Items();
        return list.Count > 0 ? list[0]! : await World.CreateReady(order => order["name"] = "stays");
    }
}
