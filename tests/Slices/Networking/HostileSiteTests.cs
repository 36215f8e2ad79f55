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

    private async Task<JsonNode> Overview(Guid site)
    {
        using var http = new HttpClient { BaseAddress = world.Running.OperatorAddress };
        var sites = JsonNode.Parse(await http.GetStringAsync("/ops/sites", TestContext.Current.CancellationToken))!.AsArray();
        return sites.Single(entry => entry!["siteId"].Id() == site)!;
    }
}
