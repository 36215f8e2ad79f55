using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>Networks that an instance is on: spec/21-vpc.md, sections 4.2, 4.4, 5.2 and 5.4.</summary>
public sealed class InterfaceUsageTests(NetworkWorld world) : IClassFixture<NetworkWorld>
{
    [Fact]
    public async Task A_VPC_prefix_counts_the_pairs_of_its_interfaces_and_stays_while_it_has_any()
    {
        var tenant = await Chooser();
        var vpc = await tenant.NewVpc();
        var prefix = await tenant.NewPrefix(vpc, 24);
        var instance = await Instance(tenant, vpc, new JsonObject { ["vpcPrefixId"] = prefix["id"].Text() });
        var usage = (await tenant.Client.Get($"vpc-prefix/{prefix["id"]}?includeUsageStats=true")).Is(200)["usageStats"]!;
        var network = prefix["prefix"].Text()[..^"0/24".Length];
        Assert.Equal(256, usage["availableIPs"].Number());
        Assert.Equal(2, usage["acquiredIPs"].Number());
        Assert.Equal(1, usage["acquiredPrefixes"].Number());
        Assert.Equal(63, usage["availableSmallestPrefixes"].Number());
        Assert.Equal(
            new[] { "4/30", "8/29", "16/28", "32/27", "64/26", "128/25" }.Select(rest => network + rest), usage["availablePrefixes"]!.AsArray().Select(cidr => cidr.Text()));
        await Gone(tenant, vpc, $"vpc-prefix/{prefix["id"]}", instance);
    }

    [Fact]
    public async Task A_subnet_counts_its_interfaces_and_stays_while_it_has_any()
    {
        var tenant = await Chooser();
        var vpc = await tenant.NewVpc("ETHERNET_VIRTUALIZER");
        var subnet = await tenant.NewSubnet(vpc, 24);
        await tenant.Client.Eventually($"subnet/{subnet["id"]}", s => s["status"].Text() == "Ready");
        var instance = await Instance(tenant, vpc, new JsonObject { ["subnetId"] = subnet["id"].Text() });
        var usage = (await tenant.Client.Get("subnet?includeUsageStats=true")).Items()[0]!["usageStats"]!;
        Assert.Equal(256, usage["availableIPs"].Number());
        Assert.Equal(3, usage["acquiredIPs"].Number());
        Assert.Equal(0, usage["acquiredPrefixes"].Number());
        Assert.Equal([$"{subnet["ipv4Prefix"]}/24"], usage["availablePrefixes"]!.AsArray().Select(cidr => cidr.Text()));
        await Gone(tenant, vpc, $"subnet/{subnet["id"]}", instance);
    }

    private static async Task Gone(NetworkTenant tenant, JsonNode vpc, string network, JsonNode instance)
    {
        (await tenant.Client.Delete(network)).Is(400);
        (await tenant.Client.Delete($"vpc/{vpc["id"]}")).Is(400);
        Assert.Equal("Ready", (await tenant.Client.Get(network)).Is(200)["status"].Text());
        (await tenant.Client.Delete($"instance/{instance["id"]}")).Is(202);
        await tenant.Client.Gone($"instance/{instance["id"]}");
        (await tenant.Client.Delete(network)).Is(204);
        await tenant.Client.Gone(network);
        (await tenant.Client.Delete($"vpc/{vpc["id"]}")).Is(202);
    }

    /// <summary>A tenant that may choose machines.</summary>
    private async Task<NetworkTenant> Chooser()
    {
        var tenant = await world.NewTenant();
        await world.Execute(Privileges.Of(tenant.Id), tenant);
        return tenant;
    }

    /// <summary>An instance that runs, with one interface.</summary>
    private async Task<JsonNode> Instance(NetworkTenant tenant, JsonNode vpc, JsonObject onNetwork)
    {
        var machines = await world.Provider.Eventually("machine?status=Ready", list => list.AsArray().Count > 0);
        var instance = (await tenant.Client.Post("instance", new JsonObject
        {
            ["name"] = "user",
            ["tenantId"] = tenant.Id.ToString(),
            ["machineId"] = machines[0]!["id"].Text(),
            ["vpcId"] = vpc["id"].Text(),
            ["ipxeScript"] = "#!ipxe\nboot",
            ["interfaces"] = new JsonArray(onNetwork),
        })).Is(201);
        return await tenant.Client.Eventually(
            $"instance/{instance["id"]}",
            i => i["status"].Text() == "Ready" && i["interfaces"]!.AsArray() is [{ } only] && only["ipAddresses"]!.AsArray().Count > 0);
    }
}
