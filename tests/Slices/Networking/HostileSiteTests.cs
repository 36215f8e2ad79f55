using System.Text.Json.Nodes;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>A site whose controller means harm, beside a good one of the same provider.</summary>
public sealed class HostileSiteTests(ImpatientWorld world) : IClassFixture<ImpatientWorld>
{
    [Fact]
    public async Task A_hostile_site_harms_nobody_and_says_what_is_wrong_with_it()
    {
        var hostile = await TestSite.Start(world.Running, world.Provider.Org);
        world.Others.Add(hostile);
        await world.Provider.Eventually($"site/{hostile.Id}", site => site["status"].Text() == "Registered");
        var good = await world.NewTenant();
        var vpc = await good.NewVpc();
        var prefix = await good.NewPrefix(vpc);
        var (theirs, subnet) = await Order(good, hostile.Id);

        hostile.Simulated.Faults.AddPlan("hostile");
        hostile.Simulated.Faults.Add(new Fault { Kind = FaultKind.ForeignIds, Resource = "machine", Name = world.Simulated.MachineIds[0] });

        // What is wrong is shown, kind by kind.
        var drift = new Dictionary<string, string[]>();
        await Wait.Until(
            async () =>
            {
                drift = (await Overview(hostile.Id))["kinds"]!.AsArray().ToDictionary(
                    kind => kind!["kind"].Text(), kind => kind!["drift"]!.AsArray().Select(entry => entry!["reason"].Text()).Distinct().ToArray());
                return drift["vpc"].Contains("NotDelivered") && drift["vpc"].Contains("LeftOut") && drift["subnet"].Contains("TooLarge")
                    && drift["tenant"].Contains("NoId") && drift["vpc-prefix"].Contains("NoId") && drift["instance-type"].Contains("NotDelivered");
            },
            60,
            "the faults are shown");

        // Nothing of it changed what is stored, and the answers stay short.
        var read = (await good.Client.Get($"vpc/{theirs["id"].Text()}")).Is(200);
        Assert.Equal("Ready", read["status"].Text());
        Assert.Equal("ETHERNET_VIRTUALIZER", read["networkVirtualizationType"].Text());
        Assert.Equal(theirs.Statuses().Length, read.Statuses().Length);
        Assert.Equal("Ready", (await good.Client.Get($"subnet/{subnet["id"].Text()}")).Is(200)["status"].Text());
        Assert.InRange((await world.Provider.Get($"machine?siteId={hostile.Id}")).Is(200).ToJsonString().Length, 1, 4 * 300_000);

        // A refusal of 1 MB is one like any other, and its text is cut.
        await good.Client.Patch($"vpc/{theirs["id"].Text()}", new { name = "ours" });
        JsonNode? refused = null;
        await Wait.Until(async () => (refused = await LastCommand(hostile.Id, "Update"))?["errorCode"]?.GetValue<string>() == "FailedPrecondition", 30, "it is refused");
        Assert.InRange(refused!["error"].Text().Length, 500, 1000);
        Assert.True((await Overview(hostile.Id))["answers"].Flag());

        // The good site goes on, and what is on it stays.
        await world.Rounds("vpc");
        await world.Rounds("machine");
        await good.NewVpc();
        var fresh = await good.NewSubnet(await good.NewVpc("ETHERNET_VIRTUALIZER"));
        await good.Client.Eventually($"subnet/{fresh["id"].Text()}", s => s["status"].Text() == "Ready");
        Assert.Equal("Ready", (await good.Client.Get($"vpc/{vpc["id"].Text()}")).Is(200)["status"].Text());
        Assert.Equal("Ready", (await good.Client.Get($"vpc-prefix/{prefix["id"].Text()}")).Is(200)["status"].Text());
        Assert.DoesNotContain((await world.Overview())["kinds"]!.AsArray(), kind => kind!["unreadSince"] is not null);
    }

    [Fact]
    public async Task Another_controller_in_a_site_s_place_changes_nothing_until_an_operator_accepts_it()
    {
        var site = await TestSite.Start(world.Running, world.Provider.Org);
        world.Others.Add(site);
        await world.Provider.Eventually($"site/{site.Id}", read => read["status"].Text() == "Registered");
        await world.Provider.Eventually($"machine?siteId={site.Id}", list => list.AsArray().Count == 4);
        var tenant = await world.NewTenant();
        var (vpc, _) = await Order(tenant, site.Id);

        site.Simulated.Faults.AddPlan("impostor");
        await Wait.Until(async () => (await Overview(site.Id))["otherController"]?["name"]?.GetValue<string>() == "another-site", 30);
        var stopped = await Overview(site.Id);
        Assert.False(stopped["answers"].Flag());
        Assert.Contains("Another controller answers", stopped["lastFailure"].Text(), StringComparison.Ordinal);
        Assert.Equal(site.Name, stopped["controller"]!["name"].Text());
        var (asked, read) = (Calls("Version"), Calls("FindMachineIds"));
        await Wait.Until(() => Calls("Version") > asked + 1, 60, "it is asked who it is");
        Assert.Equal(read, Calls("FindMachineIds"));
        Assert.All(await Machines(), machine => Assert.Equal("Ready", machine!["status"].Text()));
        Assert.Equal("Ready", (await Vpc())["status"].Text());
        Assert.Equal(409, await Accept("accept-losses"));

        // Accepted, it is believed, but for machines that are all gone at once: these wait for the operator too.
        Assert.Equal(200, await Accept("accept-controller"));
        await Wait.Until(async () => Kind(await Overview(site.Id))["heldReason"] is not null, 60, "the machines are held");
        Assert.Equal(4, Kind(await Overview(site.Id))["held"].Number());
        await Wait.Until(async () => (await Vpc())["status"].Text() == "Error", 30, "the VPC is missing");
        Assert.All(await Machines(), machine => Assert.Equal("Ready", machine!["status"].Text()));
        Assert.Equal(200, await Accept("accept-losses"));
        await Wait.Until(async () => (await Machines()).All(machine => machine!["status"].Text() == "Error"), 30, "they are missing");
        await Wait.Until(async () => Kind(await Overview(site.Id))["heldReason"] is null, 30, "nothing is held");
        Assert.Equal(
            ["accept-losses", "accept-controller", "accept-losses"],
            (await world.Provider.Get("audit?pageSize=100")).Items().Select(entry => entry!["endpoint"].Text())
                .Where(endpoint => endpoint.StartsWith($"/ops/sites/{site.Id}/", StringComparison.Ordinal)).Select(endpoint => endpoint.Split('/')[^1]));

        int Calls(string rpc) => site.Simulated.ReceivedCalls.GetValueOrDefault(rpc);
        async Task<JsonNode> Vpc() => (await tenant.Client.Get($"vpc/{vpc["id"].Text()}")).Is(200);
        async Task<JsonNode?[]> Machines() => [.. (await world.Provider.Get($"machine?siteId={site.Id}")).Items()];
        static JsonNode Kind(JsonNode overview) => overview["kinds"]!.AsArray().Single(kind => kind!["kind"].Text() == "machine")!;
        async Task<int> Accept(string what)
        {
            using var http = new HttpClient { BaseAddress = world.Running.OperatorAddress };
            using var answer = await http.PostAsync($"/ops/sites/{site.Id}/{what}", null, TestContext.Current.CancellationToken);
            return (int)answer.StatusCode;
        }
    }

    private async Task<(JsonNode Vpc, JsonNode Subnet)> Order(NetworkTenant tenant, Guid site)
    {
        var block = (await world.Provider.Post("ipblock", new
        {
            name = "block-" + Guid.NewGuid(),
            siteId = site,
            routingType = "DatacenterOnly",
            prefix = world.NewNetwork(),
            prefixLength = 16,
            protocolVersion = "IPv4",
        })).Is(201);
        var allocation = (await world.Provider.Post("allocation", new
        {
            name = "allocation-" + Guid.NewGuid(),
            siteId = site,
            tenantId = tenant.Id,
            allocationConstraints = new[]
            {
                new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "Reserved", constraintValue = 16 },
            },
        })).Is(201);
        var vpc = (await tenant.Client.Post("vpc", new { name = "theirs", siteId = site, networkVirtualizationType = "ETHERNET_VIRTUALIZER" })).Is(201);
        var subnet = (await tenant.Client.Post(
            "subnet", tenant.SubnetOrder(vpc, block: allocation["allocationConstraints"]![0]!["derivedResourceId"].Id()))).Is(201);
        await tenant.Client.Eventually($"subnet/{subnet["id"].Text()}", s => s["status"].Text() == "Ready");
        return ((await tenant.Client.Get($"vpc/{vpc["id"].Text()}")).Is(200), subnet);
    }

    private async Task<JsonNode?> LastCommand(Guid site, string operation)
    {
        using var http = new HttpClient { BaseAddress = world.Running.OperatorAddress };
        var commands = JsonNode.Parse(await http.GetStringAsync($"/ops/site-commands?siteId={site}", TestContext.Current.CancellationToken))!.AsArray();
        return commands.FirstOrDefault(command => command!["operation"].Text() == operation);
    }

    private async Task<JsonNode> Overview(Guid site)
    {
        using var http = new HttpClient { BaseAddress = world.Running.OperatorAddress };
        var sites = JsonNode.Parse(await http.GetStringAsync("/ops/sites", TestContext.Current.CancellationToken))!.AsArray();
        return sites.Single(entry => entry!["siteId"].Id() == site)!;
    }
}
