using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Compute;

[Collection(typeof(InstanceSiteCollection))]
public sealed class InstanceCreateTests(InstanceSite site)
{
    private static readonly Lazy<string> _someId = new(() => Guid.CreateVersion7().ToString());

    private InstanceWorld World => site.World;

    /// <summary>What is wrong with an order: what, the field that the answer names, and how it comes to be.</summary>
    public static TheoryData<string, string, Action<JsonObject, InstanceSite>> Wrong => new()
    {
        { "no name", "name", (o, _) => o.Remove("name") },
        { "short name", "name", (o, _) => o["name"] = "a" },
        { "long name", "name", (o, _) => o["name"] = new string('a', 257) },
        { "blank at the end", "name", (o, _) => o["name"] = "web " },
        { "name is a number", "name", (o, _) => o["name"] = 5 },
        { "name of other letters", "name", (o, _) => o["name"] = "köln" },
        { "long description", "description", (o, _) => o["description"] = new string('a', 1025) },
        { "tenant is no id", "tenantId", (o, _) => o["tenantId"] = "me" },
        { "other tenant", "tenantId", (o, s) => o["tenantId"] = s.Other.Id },
        { "no VPC", "vpcId", (o, _) => o.Remove("vpcId") },
        { "VPC is no id", "vpcId", (o, _) => o["vpcId"] = "x" },
        { "VPC in upper case", "vpcId", (o, s) => o["vpcId"] = s.World.Vpc.ToString().ToUpperInvariant() },
        { "unknown VPC", "vpcId", (o, _) => o["vpcId"] = _someId.Value },
        { "other tenant's VPC", "vpcId", (o, s) => o["vpcId"] = s.Other.Vpc },
        { "11 labels", "labels", (o, _) => o["labels"] = new JsonObject(Enumerable.Range(0, 11).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)"v"))) },
        { "blank key", "labels", (o, _) => o["labels"] = new JsonObject { [" "] = "v" } },
        { "long value", "labels", (o, _) => o["labels"] = new JsonObject { ["k"] = new string('v', 256) } },
        { "label is a number", "labels", (o, _) => o["labels"] = new JsonObject { ["k"] = 1 } },
        { "neither machine nor type", "machineId", (o, _) => o.Remove("machineId") },
        { "machine and type", "machineId", (o, _) => o["instanceTypeId"] = _someId.Value },
        { "type is no id", "instanceTypeId", (o, _) => (o["machineId"], o["instanceTypeId"]) = (null, "large") },
        { "unknown type", "instanceTypeId", (o, _) => (o["machineId"], o["instanceTypeId"]) = (null, _someId.Value) },
        { "unknown machine", "machineId", (o, _) => o["machineId"] = "fm100ht" + new string('0', 52) },
        { "machine of another site", "machineId", (o, s) => o["machineId"] = s.Elsewhere.Simulated.MachineIds[0] },
        { "system is no id", "operatingSystemId", (o, _) => o["operatingSystemId"] = "linux" },
        { "unknown system", "operatingSystemId", (o, _) => o["operatingSystemId"] = _someId.Value },
        { "other tenant's system", "operatingSystemId", (o, s) => o["operatingSystemId"] = s.Other.System },
        { "inactive system", "operatingSystemId", (o, s) => o["operatingSystemId"] = s.Inactive },
        { "neither system nor script", "ipxeScript", (o, _) => o.Remove("operatingSystemId") },
        { "empty script", "ipxeScript", (o, _) => (o["operatingSystemId"], o["ipxeScript"]) = (null, "") },
        { "no system and empty script", "ipxeScript", (o, _) => (o["operatingSystemId"], o["ipxeScript"]) = ("", "") },
        { "system with empty script", "ipxeScript", (o, _) => o["ipxeScript"] = "" },
        { "user data against the system", "userData", (o, s) => (o["operatingSystemId"], o["userData"]) = (s.Strict.ToString(), "#cloud-config\n") },
        { "empty user data against the system", "userData", (o, s) => (o["operatingSystemId"], o["userData"]) = (s.Strict.ToString(), "") },
        { "phone home into text", "userData", (o, _) => (o["phoneHomeEnabled"], o["userData"]) = (true, "test") },
        { "phone home into XML", "userData", (o, _) => (o["phoneHomeEnabled"], o["userData"]) = (true, "<a>b</a>") },
        { "phone home into a header alone", "userData", (o, _) => (o["phoneHomeEnabled"], o["userData"]) = (true, "#cloud-config") },
        { "phone home is text", "phoneHomeEnabled", (o, _) => o["phoneHomeEnabled"] = "yes" },
        { "no interfaces", "interfaces", (o, _) => o.Remove("interfaces") },
        { "empty interfaces", "interfaces", (o, _) => o["interfaces"] = new JsonArray() },
        { "autoNetwork false and no interfaces", "interfaces", (o, _) => (o["autoNetwork"], o["interfaces"]) = (false, null) },
        { "17 interfaces", "interfaces", (o, s) => o["interfaces"] = new JsonArray([.. Enumerable.Range(0, 17).Select(_ => s.World.OnPrefix())]) },
        { "interfaces are an object", "interfaces", (o, s) => o["interfaces"] = s.World.OnPrefix() },
        { "interface is null", "interfaces.0.subnetId", (o, _) => o["interfaces"] = new JsonArray((JsonNode?)null) },
        { "interface on nothing", "interfaces.0.subnetId", (o, _) => o["interfaces"] = new JsonArray(new JsonObject()) },
        { "interface on both", "interfaces.0.subnetId", (o, s) => Interface(o)["subnetId"] = s.World.Subnet },
        { "second interface on nothing", "interfaces.1.subnetId", (o, _) => o["interfaces"]!.AsArray().Add(new JsonObject()) },
        { "prefix is no id", "interfaces.0.vpcPrefixId", (o, _) => Interface(o)["vpcPrefixId"] = "p" },
        { "unknown prefix", "interfaces.0.vpcPrefixId", (o, _) => Interface(o)["vpcPrefixId"] = _someId.Value },
        { "other tenant's prefix", "interfaces.0.vpcPrefixId", (o, s) => Interface(o)["vpcPrefixId"] = s.Other.Prefix },
        { "prefix of another VPC", "interfaces.0.vpcPrefixId", (o, s) => Interface(o)["vpcPrefixId"] = s.Second.Prefix },
        { "prefix of another site", "interfaces.0.vpcPrefixId", (o, s) => Interface(o)["vpcPrefixId"] = s.Elsewhere.Prefix },
        { "prefix in a switched VPC", "interfaces.0.vpcPrefixId", (o, s) => o["vpcId"] = s.World.SwitchedVpc },
        { "subnet in a routed VPC", "interfaces.0.subnetId", (o, s) => o["interfaces"] = new JsonArray(s.World.OnSubnet()) },
        { "unknown subnet", "interfaces.0.subnetId", (o, s) => OnSubnet(o, s)["subnetId"] = _someId.Value },
        { "other tenant's subnet", "interfaces.0.subnetId", (o, s) => OnSubnet(o, s)["subnetId"] = s.Other.Subnet },
        { "subnet of another VPC", "interfaces.0.subnetId", (o, s) => OnSubnet(o, s)["subnetId"] = s.Switched.Subnet },
        { "subnet and prefix", "__all__", (o, s) => o["interfaces"]!.AsArray().Add(s.World.OnSubnet()) },
        { "two physical ones", "interface", (o, s) => o["interfaces"] = new JsonArray(Physical(s.World.OnPrefix()), Physical(s.World.OnPrefix())) },
        { "device without number", "interfaces.0.deviceInstance", (o, _) => Interface(o)["device"] = InstanceWorld.Dpu },
        { "number without device", "interfaces.0.device", (o, _) => Interface(o)["deviceInstance"] = 0 },
        { "device on a subnet", "interfaces.0.device", (o, s) => (OnSubnet(o, s)["device"], Interface(o)["deviceInstance"], Interface(o)["isPhysical"]) = (InstanceWorld.Dpu, 0, true) },
        { "negative number", "interfaces.0.deviceInstance", (o, s) => o["interfaces"] = new JsonArray(s.World.OnDpu(-1)) },
        { "one with device, one without", "__all__", (o, s) => o["interfaces"] = new JsonArray(s.World.OnDpu(0), s.World.OnPrefix()) },
        { "virtual function without id", "interfaces.0.virtualFunctionId", (o, s) => { var wish = s.World.OnDpu(0); wish["isPhysical"] = false; o["interfaces"] = new JsonArray(wish); } },
        { "virtual function 0", "interfaces.1.virtualFunctionId", (o, s) => o["interfaces"] = new JsonArray(s.World.OnDpu(0), s.World.OnDpu(0, 0)) },
        { "virtual function 17", "interfaces.1.virtualFunctionId", (o, s) => o["interfaces"] = new JsonArray(s.World.OnDpu(0), s.World.OnDpu(0, 17)) },
        { "virtual function of a physical one", "interfaces.0.virtualFunctionId", (o, s) => { var wish = s.World.OnDpu(0, 3); wish["isPhysical"] = true; o["interfaces"] = new JsonArray(wish); } },
        { "unknown device", "interfaces.0.device", (o, s) => { var wish = s.World.OnDpu(0); wish["device"] = "eth0"; o["interfaces"] = new JsonArray(wish); } },
        { "third of two devices", "interfaces.1.deviceInstance", (o, s) => o["interfaces"] = new JsonArray(s.World.OnDpu(0), s.World.OnDpu(2)) },
        { "a function twice", "interfaces", (o, s) => o["interfaces"] = new JsonArray(s.World.OnDpu(0), s.World.OnDpu(0, 4), s.World.OnDpu(0, 4)) },
        { "a physical function twice", "interfaces", (o, s) => o["interfaces"] = new JsonArray(s.World.OnDpu(0), s.World.OnDpu(0)) },
        { "no physical one on the first device", "interfaces", (o, s) => o["interfaces"] = new JsonArray(s.World.OnDpu(1)) },
        { "address on a subnet", "interfaces.0.ipAddress", (o, s) => OnSubnet(o, s)["ipAddress"] = "10.17.1.11" },
        { "even address", "interfaces.0.ipAddress", (o, _) => Interface(o)["ipAddress"] = "10.17.0.10" },
        { "no address", "interfaces.0.ipAddress", (o, _) => Interface(o)["ipAddress"] = "eleven" },
        { "number as address", "interfaces.0.ipAddress", (o, _) => Interface(o)["ipAddress"] = "11" },
        { "short address", "interfaces.0.ipAddress", (o, _) => Interface(o)["ipAddress"] = "10.1" },
        { "address with length", "interfaces.0.ipAddress", (o, _) => Interface(o)["ipAddress"] = "10.17.0.11/31" },
        { "address with zone", "interfaces.0.ipAddress", (o, _) => Interface(o)["ipAddress"] = "fd00::1%1" },
        { "secondary VPC is no id", "secondaryVpcIds", (o, _) => o["secondaryVpcIds"] = new JsonArray("x") },
        { "secondary VPC unused", "secondaryVpcIds", (o, s) => o["secondaryVpcIds"] = new JsonArray(s.Second.Vpc) },
        { "secondary VPC twice", "secondaryVpcIds", (o, s) => o["secondaryVpcIds"] = new JsonArray(s.Second.Vpc, s.Second.Vpc) },
        { "secondary VPC is the primary", "secondaryVpcIds", (o, s) => o["secondaryVpcIds"] = new JsonArray(s.World.Vpc) },
        { "unknown secondary VPC", "secondaryVpcIds", (o, _) => o["secondaryVpcIds"] = new JsonArray(_someId.Value) },
        { "secondary VPC with subnets", "secondaryVpcIds", (o, s) => { OnSubnet(o, s); o["secondaryVpcIds"] = new JsonArray(s.Switched.Vpc); } },
        { "no secondary VPC with subnets", "secondaryVpcIds", (o, s) => { OnSubnet(o, s); o["secondaryVpcIds"] = new JsonArray(); } },
        { "primary interface in a secondary VPC", "interfaces", (o, s) => (o["interfaces"], o["secondaryVpcIds"]) = (new JsonArray(s.World.OnPrefix(s.Second.Prefix), s.World.OnPrefix()), new JsonArray(s.Second.Vpc)) },
        { "first device in a secondary VPC", "interfaces", (o, s) => (o["interfaces"], o["secondaryVpcIds"]) = (new JsonArray(s.World.OnDpu(0, null, s.Second.Prefix), s.World.OnDpu(1)), new JsonArray(s.Second.Vpc)) },
        { "other tenant's secondary VPC", "interfaces.1.vpcPrefixId", (o, s) => (o["interfaces"], o["secondaryVpcIds"]) = (new JsonArray(s.World.OnPrefix(), s.World.OnPrefix(s.Other.Prefix)), new JsonArray(s.Other.Vpc)) },
        { "autoNetwork with interfaces", "interfaces", (o, _) => o["autoNetwork"] = true },
        { "autoNetwork with secondary VPCs", "secondaryVpcIds", (o, s) => (o["autoNetwork"], o["interfaces"], o["secondaryVpcIds"]) = (true, null, new JsonArray(s.Second.Vpc)) },
        { "autoNetwork in a routed VPC", "autoNetwork", (o, _) => (o["autoNetwork"], o["interfaces"]) = (true, null) },
        { "autoNetwork in a switched VPC", "autoNetwork", (o, s) => (o["autoNetwork"], o["interfaces"], o["vpcId"]) = (true, null, s.World.SwitchedVpc) },
        { "interfaces in a flat VPC", "interfaces", (o, s) => o["vpcId"] = s.Flat },
        { "unknown security group", "networkSecurityGroupId", (o, _) => o["networkSecurityGroupId"] = "group-1" },
        { "empty security group", "networkSecurityGroupId", (o, _) => o["networkSecurityGroupId"] = "" },
        { "key group is no id", "sshKeyGroupIds", (o, _) => o["sshKeyGroupIds"] = new JsonArray("k") },
        { "unknown key group", "sshKeyGroupIds", (o, _) => o["sshKeyGroupIds"] = new JsonArray(_someId.Value) },
        { "InfiniBand without partition", "infinibandInterfaces.0.partitionId", (o, _) => InfiniBand(o).Remove("partitionId") },
        { "InfiniBand without device", "infinibandInterfaces.0.device", (o, _) => InfiniBand(o).Remove("device") },
        { "InfiniBand without number", "infinibandInterfaces.0.deviceInstance", (o, _) => InfiniBand(o).Remove("deviceInstance") },
        { "InfiniBand with negative number", "infinibandInterfaces.0.deviceInstance", (o, _) => InfiniBand(o)["deviceInstance"] = -1 },
        { "InfiniBand not physical", "infinibandInterfaces.0.isPhysical", (o, _) => InfiniBand(o)["isPhysical"] = false },
        { "InfiniBand with virtual function", "infinibandInterfaces.0.virtualFunctionId", (o, _) => InfiniBand(o)["virtualFunctionId"] = 1 },
        { "unknown InfiniBand partition", "infinibandInterfaces.0.partitionId", (o, _) => InfiniBand(o) },
        { "NVLink without partition", "nvLinkInterfaces.0.nvLinklogicalPartitionId", (o, _) => NvLink(o).Remove("nvLinklogicalPartitionId") },
        { "NVLink GPU 4", "nvLinkInterfaces.0.deviceInstance", (o, _) => NvLink(o)["deviceInstance"] = 4 },
        { "unknown NVLink partition", "nvLinkInterfaces.0.nvLinklogicalPartitionId", (o, _) => NvLink(o) },
        { "service without id", "dpuExtensionServiceDeployments.0.dpuExtensionServiceId", (o, _) => Service(o).Remove("dpuExtensionServiceId") },
        { "service without version", "dpuExtensionServiceDeployments.0.version", (o, _) => Service(o)["version"] = "" },
        { "service twice", "dpuExtensionServiceDeployments", (o, _) => { Service(o); o["dpuExtensionServiceDeployments"]!.AsArray().Add(o["dpuExtensionServiceDeployments"]![0]!.DeepClone()); } },
        { "unknown service", "dpuExtensionServiceDeployments.0.dpuExtensionServiceId", (o, _) => Service(o) },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_order_is_400_names_its_field_and_takes_nothing(string what, string field, Action<JsonObject, InstanceSite> spoil)
    {
        _ = what;
        var machine = site.Spare;
        var order = World.Order(machine);
        var name = order["name"].Text();
        spoil(order, site);
        (await World.Client.Post("instance", order)).Fails(400, field);
        Assert.Equal(0, (await World.Client.Get($"instance?name={name}")).Total);
        Assert.Equal(0, (await World.Client.Get($"instance?machineId={machine}")).Total);
        Assert.Equal("Ready", await World.MachineStatus(machine));
    }

    [Fact]
    public async Task All_wrong_fields_are_named_at_once()
    {
        var error = (await World.Client.Post("instance", new JsonObject
        {
            ["name"] = "x",
            ["vpcId"] = 7,
            ["labels"] = new JsonObject { [""] = "" },
            ["interfaces"] = new JsonArray(new JsonObject { ["deviceInstance"] = -1 }),
            ["nvLinkInterfaces"] = new JsonArray(new JsonObject()),
        })).Fails(400, "name", "vpcId", "labels", "machineId", "ipxeScript", "interfaces.0.subnetId", "interfaces.0.deviceInstance");
        Assert.NotNull(error["data"]!["nvLinkInterfaces"]);
    }

    [Theory]
    [InlineData("{", "application/json")]
    [InlineData("[]", "application/json")]
    [InlineData("\"web\"", "application/json")]
    [InlineData("{\"name\":\"a\\u0000b\"}", "application/json")]
    public async Task A_body_that_is_no_order_is_400(string body, string type) =>
        (await World.Client.Raw(HttpMethod.Post, $"/v2/org/{World.Client.Org}/nico/instance", body, type)).Is(400);

    [Fact]
    public async Task The_smallest_order_gets_a_physical_interface_and_runs()
    {
        var order = World.Order();
        var created = (await World.Client.Post("instance", order)).Is(201);
        Assert.Equal("Provisioning", created["status"].Text());
        Assert.Equal(["Provisioning", "Pending"], created["statusHistory"]!.AsArray().Select(entry => entry!["status"].Text()));
        Assert.Equal(created["id"].Id(), created["controllerInstanceId"].Id());
        Assert.Null(created["instanceTypeId"]);
        Assert.False(created["isUpdatePending"].Flag());
        var wish = Assert.Single(created["interfaces"]!.AsArray())!;
        Assert.Equal((true, "Pending", World.Prefix), (wish["isPhysical"].Flag(), wish["status"].Text(), wish["vpcPrefixId"].Id()));
        Assert.Equal(World.Prefix, wish["vpcprefix"]!["id"].Id());
        Assert.Equal("sshkeygroups", Assert.Single(created["deprecations"]!.AsArray())!["attribute"].Text());
        Assert.Equal("InUse", await World.MachineStatus(order["machineId"].Text()));
        var ready = await World.Ready(created["id"].Id());
        Assert.NotEmpty(ready["interfaces"]![0]!["macAddress"].Text());
        Assert.StartsWith("10.", Assert.Single(ready["interfaces"]![0]!["ipAddresses"]!.AsArray())!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(
            ["BootCompleted", "Ready", "Provisioning", "Pending"],
            (await World.History(created["id"].Id())).Select(entry => entry.Status));
        var atSite = World.Simulated.Instance(created["id"].Text())!;
        Assert.Equal(order["machineId"].Text(), atSite.MachineId.Id);
        Assert.Equal(World.Client.Org, atSite.Config.Tenant.TenantOrganizationId);
        Assert.Equal("#!ipxe\nboot", atSite.Config.Os.Ipxe.IpxeScript);
        Assert.False(atSite.HasInstanceTypeId);
    }

    [Fact]
    public async Task Everything_that_was_asked_for_is_answered_and_told_to_the_site()
    {
        var ready = await World.CreateReady(order =>
        {
            order["vpcId"] = World.SwitchedVpc;
            order["interfaces"] = new JsonArray(World.OnSubnet());
            order["tenantId"] = World.TenantId;
            order["description"] = "the first";
            order["labels"] = new JsonObject { ["tier"] = "web", ["empty"] = "" };
            order["userData"] = "#cloud-config\nhostname: a\n";
            order["ipxeScript"] = "#!ipxe\nchain own";
            order["alwaysBootWithCustomIpxe"] = true;
            order["sshKeyGroupIds"] = new JsonArray();
            order["infinibandInterfaces"] = new JsonArray();
            order["nvLinkInterfaces"] = new JsonArray();
            order["dpuExtensionServiceDeployments"] = new JsonArray();
        });
        Assert.Equal("the first", ready["description"].Text());
        Assert.Equal("""{"tier":"web","empty":""}""", ready["labels"]!.ToJsonString());
        Assert.Equal("#cloud-config\nhostname: a\n", ready["userData"].Text());
        Assert.Equal("#!ipxe\nchain own", ready["ipxeScript"].Text());
        Assert.True(ready["alwaysBootWithCustomIpxe"].Flag());
        Assert.Equal(World.Subnet, ready["interfaces"]![0]!["subnet"]!["id"].Id());
        Assert.Equal("[]", ready["secondaryVpcIds"]!.ToJsonString());
        var atSite = World.Simulated.Instance(ready["id"].Text())!;
        Assert.Equal((ready["name"].Text(), "the first"), (atSite.Metadata.Name, atSite.Metadata.Description));
        Assert.Equal([("tier", "web"), ("empty", "")], atSite.Metadata.Labels.Select(label => (label.Key, label.Value)).OrderByDescending(label => label.Key));
        Assert.Equal(("#!ipxe\nchain own", true), (atSite.Config.Os.Ipxe.IpxeScript, atSite.Config.Os.RunProvisioningInstructionsOnEveryBoot));
        Assert.Equal("#cloud-config\nhostname: a\n", atSite.Config.Os.UserData);
        Assert.Equal(World.Subnet.ToString(), Assert.Single(atSite.Config.Network.Interfaces).SegmentId.Value);
        var calls = World.Accepted("UpdateInstanceConfig");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        Assert.Equal(calls, World.Accepted("UpdateInstanceConfig"));
    }

    [Fact]
    public async Task A_script_alone_is_enough_and_phone_home_brings_user_data()
    {
        var instance = await World.Create(order =>
        {
            order.Remove("operatingSystemId");
            order["ipxeScript"] = "#!ipxe\nchain own";
            order["phoneHomeEnabled"] = true;
        });
        Assert.Equal("#cloud-config\nphone_home:\n  url: http://localhost\n  post: all\n", instance["userData"].Text());
        Assert.Null(instance["operatingSystemId"]);
        Assert.True(instance["phoneHomeEnabled"].Flag());
        var atSite = World.Simulated.Instance(instance["id"].Text())!;
        Assert.True(atSite.Config.Os.PhoneHomeEnabled);
        Assert.Equal(instance["userData"].Text(), atSite.Config.Os.UserData);
    }

    [Theory]
    [InlineData("#cloud-config\n# keep\nhostname: a\n", true, "#cloud-config\n# keep\nhostname: a\nphone_home:\n  url: http://localhost\n  post: all\n")]
    [InlineData("", true, "#cloud-config\nphone_home:\n  url: http://localhost\n  post: all\n")]
    [InlineData("test", false, "test")]
    [InlineData("#cloud-config", false, "#cloud-config")]
    [InlineData("phone_home:\n  url: http://localhost\n  post: all\n", false, "")]
    public async Task User_data_is_rewritten_for_phone_home(string sent, bool phoneHome, string stored)
    {
        var instance = await World.Create(order => (order["userData"], order["phoneHomeEnabled"]) = (sent, phoneHome));
        Assert.Equal(stored, instance["userData"].Text());
        await World.Remove(instance);
    }

    [Fact]
    public async Task A_system_brings_its_user_data_and_its_phone_home()
    {
        var system = await World.MakeSystem(userData: "#cloud-config\nhostname: b\n", phoneHome: true, allowOverride: false);
        var instance = await World.Create(order => order["operatingSystemId"] = system);
        Assert.True(instance["phoneHomeEnabled"].Flag());
        Assert.Contains("hostname: b\n", instance["userData"].Text(), StringComparison.Ordinal);
        Assert.Single(instance["userData"].Text().Split('\n'), line => line == "phone_home:");
        Assert.Single(instance["userData"].Text().Split('\n'), line => line == "#cloud-config");
        await World.Remove(instance);
    }

    [Fact]
    public async Task An_odd_address_of_the_prefix_is_given()
    {
        var prefix = await World.MakePrefix(World.Vpc);
        var network = (await World.Client.Get($"vpc-prefix/{prefix}")).Is(200)["prefix"].Text().Split('/')[0];
        var wished = network[..network.LastIndexOf('.')] + ".11";
        var ready = await World.CreateReady(order =>
        {
            order["interfaces"] = new JsonArray(World.OnPrefix(prefix));
            Interface(order)["ipAddress"] = wished;
        });
        var wish = Assert.Single(ready["interfaces"]!.AsArray())!;
        Assert.Equal(wished, wish["requestedIpAddress"].Text());
        Assert.Equal(wished, Assert.Single(wish["ipAddresses"]!.AsArray())!.GetValue<string>());
    }

    [Fact]
    public async Task An_address_outside_the_prefix_is_the_sites_to_refuse()
    {
        var order = World.Order();
        Interface(order)["ipAddress"] = "10.250.0.11";
        (await World.Client.Post("instance", order)).Is(400);
        Assert.Equal(0, (await World.Client.Get($"instance?name={order["name"]}")).Total);
        Assert.Equal("Ready", await World.MachineStatus(order["machineId"].Text()));
        World.GiveBack(order["machineId"].Text());
    }

    [Fact]
    public async Task A_second_DPU_reaches_a_secondary_VPC()
    {
        var ready = await World.CreateReady(order =>
        {
            order["interfaces"] = new JsonArray(World.OnDpu(0), World.OnDpu(1, null, site.Second.Prefix));
            order["secondaryVpcIds"] = new JsonArray(site.Second.Vpc);
        });
        Assert.Equal(site.Second.Vpc, Assert.Single(ready["secondaryVpcIds"]!.AsArray()).Id());
        Assert.Equal([0, 1], ready["interfaces"]!.AsArray().Select(i => i!["deviceInstance"].Number()));
        Assert.Equal(2, ready["interfaces"]!.AsArray().Select(i => i!["macAddress"].Text()).Distinct().Count());
    }

    [Fact]
    public async Task Without_DPUs_a_flat_network_is_left_to_the_site()
    {
        var instance = await World.Create(order =>
        {
            order["machineId"] = World.PlainMachine();
            order["vpcId"] = site.Flat;
            order["autoNetwork"] = true;
            order.Remove("interfaces");
        });
        Assert.Equal("[]", instance["interfaces"]!.ToJsonString());
        Assert.True(instance["autoNetwork"].Flag());
        var atSite = World.Simulated.Instance(instance["id"].Text())!;
        Assert.True(atSite.Config.Network.Auto);
        Assert.Empty(atSite.Config.Network.Interfaces);
        var ready = await World.Ready(instance["id"].Id());
        Assert.Equal("[]", ready["interfaces"]!.ToJsonString());
        (await World.Client.Patch($"instance/{instance["id"]}", new { interfaces = new[] { World.OnPrefix() } })).Fails(400, "interfaces");

        // And its VPC stays what it is.
        (await World.Client.Patch($"vpc/{site.Flat}/virtualization", new { networkVirtualizationType = "FNN" })).Is(400);
        Assert.Equal("FLAT", (await World.Client.Get($"vpc/{site.Flat}")).Is(200)["networkVirtualizationType"].Text());
    }

    [Fact]
    public async Task A_name_is_used_once_for_the_tenant_at_the_site()
    {
        var first = await World.Create();
        var again = World.Order(name: first["name"].Text());
        (await World.Client.Post("instance", again)).ConflictsWith(first["id"]);
        Assert.Equal("Ready", await World.MachineStatus(again["machineId"].Text()));
        again["name"] = first["name"].Text().ToUpperInvariant();
        (await World.Client.Post("instance", again)).Is(201);
        var order = site.Elsewhere.Order(site.Elsewhere.Simulated.MachineIds[0], first["name"].Text());
        var elsewhere = (await site.Elsewhere.Client.Post("instance", order)).Is(201);
        await site.Elsewhere.Client.Delete($"instance/{elsewhere["id"]}");
        await site.Elsewhere.Client.Gone($"instance/{elsewhere["id"]}");
    }

    [Fact]
    public async Task A_machine_is_used_once()
    {
        var first = await World.Create();
        var error = (await World.Client.Post("instance", World.Order(first["machineId"].Text()))).Fails(400, "machineId");
        Assert.Contains("has an instance already", error["message"].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_a_tenant_that_may_choose_machines_chooses_one()
    {
        var other = site.Other;
        var machine = World.Machine();
        var order = World.Order(machine);
        (order["vpcId"], order["operatingSystemId"], order["interfaces"]) = (other.Vpc, other.System, new JsonArray(World.OnPrefix(other.Prefix)));
        await World.Sql(Privileges.Of(other.Id, false), new { });
        (await other.Client.Post("instance", order)).Is(403);
        Assert.Equal("Ready", await World.MachineStatus(machine));
        await World.Sql(Privileges.Of(other.Id), new { });
        var instance = (await other.Client.Post("instance", order)).Is(201);
        Assert.Equal(other.Id, instance["tenantId"].Id());

        // The right is one of a site.
        var account = $"tenant/account/{(await other.Client.Get("tenant/account")).Items().Single()!["id"]}";
        var next = order.DeepClone().AsObject();
        (next["name"], next["machineId"]) = (InstanceWorld.NewName(), World.Machine());
        foreach (var (byDefault, here, expected) in new[] { (true, false, 403), (false, true, 201) })
        {
            (await World.Client.Patch(account, new
            {
                siteCapabilities = new object[]
                {
                    new { targetedInstanceCreation = byDefault }, new { siteIds = new[] { World.Site.Id }, targetedInstanceCreation = here },
                },
            })).Is(200);
            (await other.Client.Post("instance", next)).Is(expected);
        }

        await World.Sql(Privileges.Of(other.Id), new { });
        await World.Sql("update identity.tenant_account set switched_sites = '{}' where tenant_id = @Id", new { other.Id });
        (await World.Client.Get($"instance/{instance["id"]}")).Is(404);
        (await World.Client.Patch($"instance/{instance["id"]}", new { name = "mine" })).Is(404);
        (await World.Client.Delete($"instance/{instance["id"]}")).Is(404);
        (await World.Client.Get($"instance/{instance["id"]}/status-history")).Is(404);
        (await World.Client.Get($"instance/{instance["id"]}/interface")).Is(404);
        Assert.Equal(0, (await World.Client.Get($"instance?machineId={machine}")).Total);
    }

    [Theory]
    [InlineData("Ready", "Maintenance", false, 400, "allowUnhealthyMachine")]
    [InlineData("Ready", "Maintenance", true, 201, "")]
    [InlineData("Ready", "Error", false, 400, "allowUnhealthyMachine")]
    [InlineData("Ready", "Error", true, 201, "")]
    [InlineData("Offline", "Maintenance", true, 400, "Offline")]
    [InlineData("Offline", "Error", true, 400, "Offline")]
    [InlineData("Offline", "Initializing", true, 400, "Initializing")]
    [InlineData("Offline", "Initializing", false, 400, "Initializing")]
    public async Task A_machine_that_is_not_Ready_needs_consent_and_a_site_that_has_it_ready(
        string state, string status, bool allowed, int answer, string said)
    {
        // The row as an inventory of such a machine would leave it; the next one is kept away from it meanwhile.
        var machine = World.Machine();
        await World.Sql(
            "update hardware.machine set status = @status, controller_state = @state, touched = now() + interval '1 minute' where id = @machine",
            new { status, state, machine });
        var order = World.Order(machine);
        order["allowUnhealthyMachine"] = allowed;
        var got = await World.Client.Post("instance", order);
        Assert.Contains(said, got.Is(answer)["message"]?.GetValue<string>() ?? "", StringComparison.Ordinal);
        await World.Sql("update hardware.machine set touched = now() - interval '1 second', report_digest = null where id = @machine", new { machine });
        if (answer == 201)
        {
            await World.Remove(got.Json!);
        }
        else
        {
            got.Fails(400, "machineId");
            await World.Sql("update hardware.machine set status = 'Ready', controller_state = 'Ready' where id = @machine", new { machine });
            World.GiveBack(machine);
        }
    }

    [Fact]
    public async Task A_machine_that_its_site_has_lost_is_not_given()
    {
        var machine = World.Machine();
        var fault = World.Simulated.Faults.Add(Nico.SiteSimulator.Fault.Lose("machine", machine));
        await World.Client.Eventually("machine?isMissingOnSite=true", list => list.AsArray().Any(m => m!["id"].Text() == machine));
        var order = World.Order(machine);
        order["allowUnhealthyMachine"] = true;
        (await World.Client.Post("instance", order)).Fails(400, "machineId");
        World.Simulated.Faults.Remove(fault.Id);
        await World.Free(machine);
        World.GiveBack(machine);
    }

    [Theory]
    [InlineData("vpc", "vpcId", "Pending")]
    [InlineData("vpc_prefix", "interfaces.0.vpcPrefixId", "Error")]
    [InlineData("subnet", "interfaces.0.subnetId", "Provisioning")]
    public async Task A_network_that_is_not_Ready_is_not_used(string table, string field, string status)
    {
        var vpc = await World.MakeVpc(table == "subnet" ? "ETHERNET_VIRTUALIZER" : "FNN");
        var network = table == "subnet" ? await World.MakeSubnet(vpc) : await World.MakePrefix(vpc);
        await World.Sql(
            $"update networking.{table} set status = @status, touched = now() + interval '1 minute' where id = @id",
            new { status, id = table == "vpc" ? vpc : network });
        var order = World.Order(site.Spare);
        (order["vpcId"], order["interfaces"]) = (vpc, new JsonArray(table == "subnet" ? World.OnSubnet(network) : World.OnPrefix(network)));
        Assert.Contains("not Ready", (await World.Client.Post("instance", order)).Fails(400, field)["message"].Text(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_site_that_is_not_Registered_takes_no_order()
    {
        await using var world = await InstanceWorld.Make(World.Host, "dgx-h100=1");
        await world.Sql("update hardware.site set status = 'Error' where id = @id", new { id = world.Site.Id });
        world.Simulated.Faults.Add(Nico.SiteSimulator.Fault.Down());
        await world.Sql("update hardware.site set status = 'Error' where id = @id", new { id = world.Site.Id });
        var answer = (await world.Client.Post("instance", world.Order())).Is(400);
        Assert.Contains("not Registered", answer["message"].Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PROVIDER_ADMIN")]
    [InlineData("PROVIDER_VIEWER")]
    public async Task Providers_have_no_way_in(string role)
    {
        var client = World.Host.As(World.Client.Org, role);
        var id = Guid.CreateVersion7();
        (await client.Get("instance")).Is(403);
        (await client.Get($"instance/{id}")).Is(403);
        (await client.Get($"instance/{id}/status-history")).Is(403);
        (await client.Get($"instance/{id}/interface")).Is(403);
        (await client.Post("instance", World.Order(site.Spare))).Is(403);
        (await client.Patch($"instance/{id}", new { name = "new" })).Is(403);
        (await client.Delete($"instance/{id}")).Is(403);
    }

    [Fact]
    public async Task An_org_without_tenant_has_no_instances()
    {
        var client = World.Host.As(TestHost.NewOrg(), "TENANT_ADMIN");
        var id = Guid.CreateVersion7();
        (await client.Post("instance", World.Order(site.Spare))).Is(400);
        (await client.Get("instance")).Is(403);
        (await client.Get($"instance/{id}")).Is(403);
        (await client.Get($"instance/{id}/status-history")).Is(403);
        (await client.Get($"instance/{id}/interface")).Is(403);
        (await client.Patch($"instance/{id}", new { name = "new" })).Is(403);
        (await client.Delete($"instance/{id}")).Is(403);
    }

    private static JsonObject Interface(JsonObject order) => order["interfaces"]![0]!.AsObject();

    private static JsonObject OnSubnet(JsonObject order, InstanceSite site)
    {
        (order["vpcId"], order["interfaces"]) = (site.World.SwitchedVpc, new JsonArray(site.World.OnSubnet()));
        return Interface(order);
    }

    private static JsonObject Physical(JsonObject wish)
    {
        wish["isPhysical"] = true;
        return wish;
    }

    private static JsonObject InfiniBand(JsonObject order)
    {
        var wish = new JsonObject { ["partitionId"] = _someId.Value, ["device"] = "MT2910 Family [ConnectX-7]", ["deviceInstance"] = 0, ["isPhysical"] = true };
        order["infinibandInterfaces"] = new JsonArray(wish);
        return wish;
    }

    private static JsonObject NvLink(JsonObject order)
    {
        var wish = new JsonObject { ["nvLinklogicalPartitionId"] = _someId.Value, ["deviceInstance"] = 0 };
        order["nvLinkInterfaces"] = new JsonArray(wish);
        return wish;
    }

    private static JsonObject Service(JsonObject order)
    {
        var wish = new JsonObject { ["dpuExtensionServiceId"] = _someId.Value, ["version"] = "V1" };
        order["dpuExtensionServiceDeployments"] = new JsonArray(wish);
        return wish;
    }
}
