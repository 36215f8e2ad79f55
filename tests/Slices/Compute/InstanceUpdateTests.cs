using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

[Collection(typeof(InstanceSiteCollection))]
public sealed class InstanceUpdateTests(InstanceSite site)
{
    private static readonly string _someId = Guid.CreateVersion7().ToString();

    private InstanceWorld World => site.World;

    /// <summary>What is wrong with a change: what, the field that the answer names, and the body.</summary>
    public static TheoryData<string, string, Func<InstanceSite, JsonObject>> Wrong => new()
    {
        { "empty name", "name", _ => new() { ["name"] = "" } },
        { "short name", "name", _ => new() { ["name"] = "a" } },
        { "blank name", "name", _ => new() { ["name"] = "  " } },
        { "name is a list", "name", _ => new() { ["name"] = new JsonArray() } },
        { "long description", "description", _ => new() { ["description"] = new string('a', 1025) } },
        { "blank label", "labels", _ => new() { ["labels"] = new JsonObject { [""] = "v" } } },
        { "labels are text", "labels", _ => new() { ["labels"] = "tier=web" } },
        { "reboot with name", "triggerReboot", _ => new() { ["triggerReboot"] = true, ["name"] = "web" } },
        { "reboot with description", "triggerReboot", _ => new() { ["triggerReboot"] = true, ["description"] = "" } },
        { "reboot with labels", "triggerReboot", _ => new() { ["triggerReboot"] = true, ["labels"] = new JsonObject() } },
        { "reboot with interfaces", "triggerReboot", _ => new() { ["triggerReboot"] = true, ["interfaces"] = new JsonArray() } },
        { "reboot with services", "triggerReboot", _ => new() { ["triggerReboot"] = true, ["dpuExtensionServiceDeployments"] = new JsonArray() } },
        { "reboot is text", "triggerReboot", _ => new() { ["triggerReboot"] = "now" } },
        { "script without reboot", "rebootWithCustomIpxe", _ => new() { ["rebootWithCustomIpxe"] = true } },
        { "updates without reboot", "applyUpdatesOnReboot", _ => new() { ["applyUpdatesOnReboot"] = true, ["triggerReboot"] = false } },
        { "system is no id", "operatingSystemId", _ => new() { ["operatingSystemId"] = "linux" } },
        { "unknown system", "operatingSystemId", _ => new() { ["operatingSystemId"] = _someId } },
        { "other tenant's system", "operatingSystemId", s => new() { ["operatingSystemId"] = s.Other.System } },
        { "inactive system", "operatingSystemId", s => new() { ["operatingSystemId"] = s.Inactive } },
        { "system taken away", "ipxeScript", _ => new() { ["operatingSystemId"] = "" } },
        { "system taken away for an empty script", "ipxeScript", _ => new() { ["operatingSystemId"] = "", ["ipxeScript"] = "" } },
        { "empty script", "ipxeScript", _ => new() { ["ipxeScript"] = "" } },
        { "user data against the new system", "userData", s => new() { ["operatingSystemId"] = s.Strict, ["userData"] = "#cloud-config\n" } },
        { "phone home into text", "userData", _ => new() { ["phoneHomeEnabled"] = true, ["userData"] = "test" } },
        { "17 interfaces", "interfaces", s => new() { ["interfaces"] = new JsonArray([.. Enumerable.Range(0, 17).Select(_ => s.World.OnPrefix())]) } },
        { "interface on nothing", "interfaces.0.subnetId", _ => new() { ["interfaces"] = new JsonArray(new JsonObject()) } },
        { "unknown prefix", "interfaces.0.vpcPrefixId", s => new() { ["interfaces"] = new JsonArray(s.World.OnPrefix(Guid.Parse(_someId))) } },
        { "other tenant's prefix", "interfaces.0.vpcPrefixId", s => new() { ["interfaces"] = new JsonArray(s.World.OnPrefix(s.Other.Prefix)) } },
        { "prefix of another VPC", "interfaces.0.vpcPrefixId", s => new() { ["interfaces"] = new JsonArray(s.World.OnPrefix(s.Second.Prefix)) } },
        { "prefix of another site", "interfaces.0.vpcPrefixId", s => new() { ["interfaces"] = new JsonArray(s.World.OnPrefix(s.Elsewhere.Prefix)) } },
        { "subnet in a routed VPC", "interfaces.0.subnetId", s => new() { ["interfaces"] = new JsonArray(s.World.OnSubnet()) } },
        { "unknown device", "interfaces.0.device", s => { var wish = s.World.OnDpu(0); wish["device"] = "eth0"; return new() { ["interfaces"] = new JsonArray(wish) }; } },
        { "third of two devices", "interfaces.1.deviceInstance", s => new() { ["interfaces"] = new JsonArray(s.World.OnDpu(0), s.World.OnDpu(2)) } },
        { "secondary VPC without interfaces", "secondaryVpcIds", s => new() { ["secondaryVpcIds"] = new JsonArray(s.Second.Vpc) } },
        { "secondary VPC unused", "secondaryVpcIds", s => new() { ["secondaryVpcIds"] = new JsonArray(s.Second.Vpc), ["interfaces"] = new JsonArray(s.World.OnPrefix()) } },
        { "secondary VPC is the primary", "secondaryVpcIds", s => new() { ["secondaryVpcIds"] = new JsonArray(s.World.Vpc), ["interfaces"] = new JsonArray(s.World.OnPrefix()) } },
        { "primary interface in a secondary VPC", "interfaces", s => new() { ["secondaryVpcIds"] = new JsonArray(s.Second.Vpc), ["interfaces"] = new JsonArray(s.World.OnPrefix(s.Second.Prefix), s.World.OnPrefix()) } },
        { "autoNetwork in a routed VPC", "autoNetwork", _ => new() { ["autoNetwork"] = true } },
        { "autoNetwork with interfaces", "autoNetwork", s => new() { ["autoNetwork"] = true, ["interfaces"] = new JsonArray(s.World.OnPrefix()) } },
        { "unknown security group", "networkSecurityGroupId", _ => new() { ["networkSecurityGroupId"] = "group-1" } },
        { "unknown key group", "sshKeyGroupIds", _ => new() { ["sshKeyGroupIds"] = new JsonArray(_someId) } },
        { "InfiniBand not physical", "infinibandInterfaces.0.isPhysical", _ => new() { ["infinibandInterfaces"] = new JsonArray(InfiniBand(physical: false)) } },
        { "unknown InfiniBand partition", "infinibandInterfaces.0.partitionId", _ => new() { ["infinibandInterfaces"] = new JsonArray(InfiniBand(physical: true)) } },
        { "NVLink GPU 4", "nvLinkInterfaces.0.deviceInstance", _ => new() { ["nvLinkInterfaces"] = new JsonArray(new JsonObject { ["nvLinklogicalPartitionId"] = _someId, ["deviceInstance"] = 4 }) } },
        { "unknown NVLink partition", "nvLinkInterfaces.0.nvLinklogicalPartitionId", _ => new() { ["nvLinkInterfaces"] = new JsonArray(new JsonObject { ["nvLinklogicalPartitionId"] = _someId, ["deviceInstance"] = 3 }) } },
        { "unknown service", "dpuExtensionServiceDeployments.0.dpuExtensionServiceId", _ => new() { ["dpuExtensionServiceDeployments"] = new JsonArray(new JsonObject { ["dpuExtensionServiceId"] = _someId, ["version"] = "1" }) } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_change_is_400_names_its_field_and_changes_nothing(string what, string field, Func<InstanceSite, JsonObject> body)
    {
        _ = what;
        var instance = await Shared();
        var told = World.Received("UpdateInstanceConfig") + World.Received("InvokeInstancePower");
        (await World.Client.Patch($"instance/{instance["id"]}", body(site))).Fails(400, field);
        Assert.Equal(instance.ToJsonString(), (await World.Get(instance["id"].Id())).ToJsonString());
        Assert.Equal(told, World.Received("UpdateInstanceConfig") + World.Received("InvokeInstancePower"));
    }

    [Fact]
    public async Task Ids_that_are_none_or_nobodys_are_400_and_404()
    {
        (await World.Client.Patch("instance/one", new { name = "web" })).Fails(400, "instanceId");
        (await World.Client.Patch($"instance/{_someId}", new { name = "web" })).Is(404);
        (await World.Client.Patch($"instance/{_someId}", new { name = "" })).Fails(400, "name");
    }

    [Fact]
    public async Task Nothing_changed_is_told_to_the_site_all_the_same()
    {
        var instance = await World.CreateReady();
        var calls = World.Accepted("UpdateInstanceConfig");
        var answer = (await World.Client.Patch($"instance/{instance["id"]}", new { })).Is(200);
        Assert.Equal("Ready", answer["status"].Text());
        Assert.Equal("Configuring", (await World.History(instance["id"].Id()))[0].Status);
        Assert.Equal(calls + 1, World.Accepted("UpdateInstanceConfig"));
        Assert.Single(answer["interfaces"]!.AsArray());
        await World.Remove(instance);
    }

    [Fact]
    public async Task Name_description_and_labels_change_here_and_at_the_site()
    {
        var instance = await World.CreateReady(order => (order["description"], order["labels"]) = ("before", new JsonObject { ["a"] = "1", ["b"] = "2" }));
        var id = instance["id"].Id();
        var name = InstanceWorld.NewName();
        var changed = (await World.Client.Patch($"instance/{id}", new { name, description = "", labels = new { b = "3", c = "" } })).Is(200);
        Assert.Equal((name, ""), (changed["name"].Text(), changed["description"].Text()));
        Assert.Equal("""{"b":"3","c":""}""", changed["labels"]!.ToJsonString());
        var atSite = World.Simulated.Instance(id.ToString())!;
        Assert.Equal((name, ""), (atSite.Metadata.Name, atSite.Metadata.Description));
        Assert.Equal([("b", "3"), ("c", "")], atSite.Metadata.Labels.Select(label => (label.Key, label.Value)).Order());
        changed = (await World.Client.Patch($"instance/{id}", new { labels = new { } })).Is(200);
        Assert.Equal((name, "{}"), (changed["name"].Text(), changed["labels"]!.ToJsonString()));
        Assert.Empty(World.Simulated.Instance(id.ToString())!.Metadata.Labels);
        changed = (await World.Client.Patch($"instance/{id}", new { name, description = (string?)null })).Is(200);
        Assert.Equal("", changed["description"].Text());
        var calls = World.Accepted("UpdateInstanceConfig");
        await Task.Delay(1200, TestContext.Current.CancellationToken);
        Assert.Equal(calls, World.Accepted("UpdateInstanceConfig"));
        await World.Remove(instance);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_409_with_the_other_and_a_name_that_was_given_up_is_free()
    {
        var first = await World.CreateReady();
        var second = await World.CreateReady();
        (await World.Client.Patch($"instance/{second["id"]}", new { name = first["name"].Text() })).ConflictsWith(first["id"]);
        Assert.Equal(second["name"].Text(), (await World.Get(second["id"].Id()))["name"].Text());
        (await World.Client.Patch($"instance/{first["id"]}", new { name = InstanceWorld.NewName() })).Is(200);
        (await World.Client.Patch($"instance/{second["id"]}", new { name = first["name"].Text() })).Is(200);
        await World.Remove(first);
        await World.Remove(second);
    }

    [Fact]
    public async Task A_restart_shows_until_the_instance_is_up_again()
    {
        var instance = await World.CreateReady();
        var id = instance["id"].Id();
        var calls = World.Accepted("UpdateInstanceConfig");
        var answer = (await World.Client.Patch($"instance/{id}", new { triggerReboot = true })).Is(200);
        Assert.Equal("Rebooting", answer["status"].Text());
        Assert.Single(answer["interfaces"]!.AsArray());
        await World.Ready(id);
        Assert.Equal(["BootCompleted", "Rebooting"], (await World.History(id)).Take(2).Select(entry => entry.Status));
        Assert.NotNull(World.Simulated.Machine(instance["machineId"].Text())!.LastRebootRequestedTime);
        (await World.Client.Patch($"instance/{id}", new { triggerReboot = true, rebootWithCustomIpxe = true, applyUpdatesOnReboot = false })).Is(200);
        (await World.Client.Patch($"instance/{id}", new { triggerReboot = true, rebootWithCustomIpxe = false, applyUpdatesOnReboot = true })).Is(200);
        await World.Ready(id);
        (await World.Client.Patch($"instance/{id}", new { triggerReboot = false, rebootWithCustomIpxe = false })).Is(200);
        Assert.Equal(calls + 1, World.Accepted("UpdateInstanceConfig"));
        await World.Remove(instance);
    }

    [Fact]
    public async Task What_an_instance_boots_follows_its_system_and_the_callers_wishes()
    {
        const string Block = "phone_home:\n  url: http://localhost\n  post: all\n";
        var plain = await World.MakeSystem("#!ipxe\nplain", "#cloud-config\nhostname: plain\n");
        var instance = await World.CreateReady(order => (order["userData"], order["phoneHomeEnabled"]) = ("#cloud-config\nhostname: own\n", false));
        await Boots(new { phoneHomeEnabled = true }, "#!ipxe\nboot", "#cloud-config\nhostname: own\n" + Block, phoneHome: true);
        await Boots(new { userData = "#cloud-config\nhostname: two\n" }, "#!ipxe\nboot", "#cloud-config\nhostname: two\n" + Block, phoneHome: true);
        await Boots(new { phoneHomeEnabled = false }, "#!ipxe\nboot", "#cloud-config\nhostname: two\n", phoneHome: false);
        await Boots(new { operatingSystemId = plain }, "#!ipxe\nplain", "#cloud-config\nhostname: plain\n", phoneHome: false);
        await Boots(new { operatingSystemId = plain, phoneHomeEnabled = true, ipxeScript = "#!ipxe\nown" }, "#!ipxe\nown", "#cloud-config\nhostname: plain\n" + Block, phoneHome: true);
        await Boots(new { description = "kept" }, "#!ipxe\nown", "#cloud-config\nhostname: plain\n" + Block, phoneHome: true);
        await Boots(new { operatingSystemId = site.Strict }, "#!ipxe\nboot", "#cloud-config\npackages: [git]\n", phoneHome: false);
        (await World.Client.Patch($"instance/{instance["id"]}", new { userData = "#cloud-config\n" })).Fails(400, "userData");
        await Boots(new { operatingSystemId = "", ipxeScript = "#!ipxe\nalone", alwaysBootWithCustomIpxe = true }, "#!ipxe\nalone", "", phoneHome: false);
        var alone = await World.Get(instance["id"].Id());
        Assert.Null(alone["operatingSystemId"]);
        Assert.True(alone["alwaysBootWithCustomIpxe"].Flag());
        await Boots(new { labels = new { } }, "#!ipxe\nalone", "", phoneHome: false);
        (await World.Client.Patch($"instance/{instance["id"]}", new { operatingSystemId = site.Inactive })).Fails(400, "operatingSystemId");
        await World.Remove(instance);

        async Task Boots(object change, string script, string userData, bool phoneHome)
        {
            var answer = (await World.Client.Patch($"instance/{instance["id"]}", change)).Is(200);
            Assert.Equal((script, userData, phoneHome), (answer["ipxeScript"].Text(), answer["userData"].Text(), answer["phoneHomeEnabled"].Flag()));
            var os = World.Simulated.Instance(instance["id"].Text())!.Config.Os;
            Assert.Equal((script, userData, phoneHome), (os.Ipxe.IpxeScript, os.UserData, os.PhoneHomeEnabled));
            Assert.Equal(answer["alwaysBootWithCustomIpxe"].Flag(), os.RunProvisioningInstructionsOnEveryBoot);
        }
    }

    [Fact]
    public async Task A_system_that_was_deactivated_stays_where_it_is()
    {
        var system = await World.MakeSystem();
        var instance = await World.CreateReady(order => order["operatingSystemId"] = system);
        await World.Sql("update compute.operating_system set is_active = false where id = @system", new { system });
        (await World.Client.Patch($"instance/{instance["id"]}", new { operatingSystemId = system, description = "same" })).Is(200);
        (await World.Client.Patch($"instance/{instance["id"]}", new { description = "again" })).Is(200);
        await World.Remove(instance);
    }

    [Fact]
    public async Task New_interfaces_take_the_place_of_the_old_ones()
    {
        var instance = await World.CreateReady();
        var id = instance["id"].Id();
        var old = instance["interfaces"]![0]!;
        var answer = (await World.Client.Patch($"instance/{id}", new JsonObject
        {
            ["interfaces"] = new JsonArray(World.OnDpu(0), World.OnDpu(1, null, site.Second.Prefix), World.OnDpu(0, 2)),
            ["secondaryVpcIds"] = new JsonArray(site.Second.Vpc),
        })).Is(200);
        Assert.Equal("Configuring", answer["status"].Text());
        Assert.Equal(
            ["Deleting", "Pending", "Pending", "Pending"],
            answer["interfaces"]!.AsArray().Select(i => i!["status"].Text()));
        Assert.Equal(old["id"].Id(), answer["interfaces"]![0]!["id"].Id());
        Assert.Equal(site.Second.Vpc, Assert.Single(answer["secondaryVpcIds"]!.AsArray()).Id());
        var ready = await World.Ready(id);
        Assert.Equal(
            [(0, null), (1, null), (0, (int?)2)],
            ready["interfaces"]!.AsArray().Select(i => (i!["deviceInstance"].Number(), i["virtualFunctionId"]?.GetValue<int>())));
        Assert.Equal(3, ready["interfaces"]!.AsArray().Select(i => i!["ipAddresses"]![0].Text()).Distinct().Count());
        Assert.DoesNotContain(ready["interfaces"]!.AsArray(), i => i!["id"].Id() == old["id"].Id());
        Assert.Equal(3, World.Simulated.Instance(id.ToString())!.Config.Network.Interfaces.Count);

        answer = (await World.Client.Patch($"instance/{id}", new { interfaces = Array.Empty<object>() })).Is(200);
        Assert.Equal("Configuring", answer["statusHistory"]![0]!["status"].Text());
        Assert.Equal(
            ready["interfaces"]!.AsArray().Select(i => i!["id"].Id()),
            (await World.Ready(id))["interfaces"]!.AsArray().Select(i => i!["id"].Id()));
        await World.Remove(instance);
    }

    [Fact]
    public async Task A_change_of_the_name_leaves_the_network_alone()
    {
        var instance = await World.CreateReady(order =>
        {
            order["interfaces"] = new JsonArray(World.OnPrefix(), World.OnPrefix(), World.OnPrefix());
        });
        var id = instance["id"].Id();
        var version = World.Simulated.Instance(id.ToString())!.NetworkConfigVersion;
        (await World.Client.Patch($"instance/{id}", new { description = "more" })).Is(200);
        Assert.Equal(version, World.Simulated.Instance(id.ToString())!.NetworkConfigVersion);
        Assert.Equal(instance["interfaces"]!.ToJsonString(), (await World.Ready(id))["interfaces"]!.ToJsonString());
        await World.Remove(instance);
    }

    [Fact]
    public async Task An_instance_on_its_way_out_takes_no_change()
    {
        var instance = await World.CreateReady();
        var hold = World.Simulated.Faults.Add(Nico.SiteSimulator.Fault.HoldInstance(instance["id"].Text(), "Discovery"));
        (await World.Client.Delete($"instance/{instance["id"]}")).Is(202);
        (await World.Client.Patch($"instance/{instance["id"]}", new { name = InstanceWorld.NewName() })).Is(409);
        (await World.Client.Patch($"instance/{instance["id"]}", new { triggerReboot = true })).Is(409);
        World.Simulated.Faults.Remove(hold.Id);
        await World.Client.Gone($"instance/{instance["id"]}");
        World.GiveBack(instance["machineId"].Text());
    }

    private static JsonObject InfiniBand(bool physical) =>
        new() { ["partitionId"] = _someId, ["device"] = "MT2910 Family [ConnectX-7]", ["deviceInstance"] = 0, ["isPhysical"] = physical };

    /// <summary>One instance for all changes that are refused.</summary>
    private async Task<JsonNode> Shared()
    {
        var list = (await World.Client.Get("instance?name=unchanged")).Items();
        return list.Count > 0 ? list[0]! : await World.CreateReady(order => order["name"] = "unchanged");
    }
}
