using System.Text.Json.Nodes;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Flows;

/// <summary>A provider sells and a tenant buys, each with its own token, as the README has it.</summary>
public sealed class ProviderFlowTests(TestHost host)
{
    [Fact]
    public async Task A_provider_sells_machines_and_addresses_and_a_tenant_uses_what_it_was_given()
    {
        var (provider, providerId) = await host.Provider(TestHost.NewOrg("acme-cloud"));
        await using var site = await host.Site(provider.Org, new SimulatorOptions
        {
            SiteName = "sale-" + Guid.NewGuid().ToString("N")[..8],
            Layout = "gb200=18,dgx-h100=4",
            Speed = double.PositiveInfinity,
            Blemishes = false,
            Churn = 0,
        });
        await provider.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        var globex = TestHost.NewOrg("globex");
        var tenant = host.As(globex, "TENANT_ADMIN");
        var (stranger, _) = await host.Tenant(TestHost.NewOrg("initech"));

        // The provider: an account, instance types with machines, allocations.
        var account = (await provider.Post("tenant/account", new { infrastructureProviderId = providerId, tenantOrg = globex })).Is(201)["id"].Id();
        var tenantId = (await tenant.Get("tenant/current")).Is(200)["id"].Id();
        var machines = (await provider.Eventually(
            $"machine?siteId={site.Id}&status=Ready&includeMetadata=true&pageSize=100", list => list.AsArray().Count == 22)).AsArray();
        var rack = machines.Where(m => m!["productName"].Text().StartsWith("GB200", StringComparison.Ordinal)).Select(m => m!["id"].Text()).ToArray();
        var nodes = machines.Select(m => m!["id"].Text()).Except(rack).ToArray();
        Assert.Equal((18, 4), (rack.Length, nodes.Length));
        var rackType = await Type("gb200", rack[0]);
        (await provider.Post($"instance/type/{rackType}/machine", new { machineIds = rack[1..] })).Is(201);
        var nodeType = await Type("dgx", nodes[0]);
        (await provider.Post($"instance/type/{nodeType}/machine", new { machineIds = nodes[1..] })).Is(201);
        await Allocate("rack", "InstanceType", rackType, 18);
        var nodeAllocation = await Allocate("nodes", "InstanceType", nodeType, 2);
        var pool = (await provider.Post("ipblock", new
        {
            name = "pool",
            siteId = site.Id,
            routingType = "DatacenterOnly",
            prefix = "10.40.0.0",
            prefixLength = 16,
            protocolVersion = "IPv4",
        })).Is(201)["id"].Id();
        await Allocate("network", "IPBlock", pool, 20);

        // The tenant: it accepts, and sees exactly what it was given.
        Assert.Equal("Invited", Assert.Single((await tenant.Get($"tenant/account?tenantId={tenantId}")).Items())!["status"].Text());
        Assert.Equal("Ready", (await tenant.Patch($"tenant/account/{account}")).Is(200)["status"].Text());
        Assert.Equal(site.Id, Assert.Single((await tenant.Get("site")).Items())!["id"].Id());
        var block = Assert.Single((await tenant.Get("ipblock")).Items())!["id"].Id();
        Assert.Equal(3, (await tenant.Get("allocation")).Total);
        Assert.Equal(
            new[] { rackType, nodeType }.Order(),
            (await tenant.Get($"instance/type?siteId={site.Id}&excludeUnallocated=true")).Items().Select(type => type!["id"].Id()).Order());
        (await tenant.Get($"ipblock/{pool}")).Is(404);
        var vpc = (await tenant.Post("vpc", new { name = "vpc", siteId = site.Id, networkVirtualizationType = "FNN" })).Is(201)["id"].Id();
        await tenant.Eventually($"vpc/{vpc}", v => v["status"].Text() == "Ready");
        var prefix = (await tenant.Post("vpc-prefix", new { name = "prefix", vpcId = vpc, ipBlockId = block, prefixLength = 25 })).Is(201)["id"].Id();
        var system = (await tenant.Post("operating-system", new { name = "os", ipxeScript = "#!ipxe" })).Is(201)["id"].Id();

        var one = (await tenant.Post("instance", Order("name", "node-1", nodeType))).Is(201);
        (await tenant.Post("instance", Order("name", "node-2", nodeType))).Is(201);
        var batch = Order("namePrefix", "rack", rackType);
        batch["count"] = 18;
        var made = (await tenant.Post("instance/batch", batch)).Is(201).AsArray();
        Assert.Equal(rack.Order(), made.Select(instance => instance!["machineId"].Text()).Order());
        await tenant.Eventually("instance?pageSize=100", list => list.AsArray().Count == 20 && list.AsArray().All(i => i!["status"].Text() == "Ready"), seconds: 60);

        // Over the quota, though the provider has machines left; released, and free again.
        (await tenant.Post("instance", Order("name", "node-3", nodeType))).Is(403);
        (await tenant.Post("instance/batch", batch)).Is(403);
        (await provider.Delete($"allocation/{nodeAllocation}")).Is(400);
        (await provider.Delete($"tenant/account/{account}")).Is(400);
        (await tenant.Delete($"instance/{one["id"]}")).Is(202);
        await tenant.Gone($"instance/{one["id"]}");
        (await tenant.Post("instance", Order("name", "node-3", nodeType))).Is(201);

        // Another tenant sees nothing of it.
        foreach (var list in new[] { "site", "allocation", "ipblock", "vpc", "vpc-prefix", "operating-system", "instance", "instance/type" })
        {
            Assert.Empty((await stranger.Get(list)).Items());
        }

        foreach (var path in new[] { $"site/{site.Id}", $"vpc/{vpc}", $"instance/{made[0]!["id"]}", $"instance/type/{rackType}", $"ipblock/{block}", $"allocation/{nodeAllocation}" })
        {
            (await stranger.Get(path)).Is(404);
        }

        async Task<Guid> Type(string name, string machine)
        {
            var type = (await provider.Post("instance/type", new { name, siteId = site.Id })).Is(201)["id"].Id();
            (await provider.Post($"instance/type/{type}/machine", new { machineIds = new[] { machine } })).Is(201);
            return type;
        }

        async Task<Guid> Allocate(string name, string kind, Guid resource, int value) => (await provider.Post("allocation", new
        {
            name,
            tenantId,
            siteId = site.Id,
            allocationConstraints = new[] { new { resourceType = kind, resourceTypeId = resource, constraintType = "Reserved", constraintValue = value } },
        })).Is(201)["id"].Id();

        JsonObject Order(string nameField, string name, Guid type) => new()
        {
            [nameField] = name,
            ["instanceTypeId"] = type,
            ["vpcId"] = vpc,
            ["operatingSystemId"] = system,
            ["interfaces"] = new JsonArray(new JsonObject { ["vpcPrefixId"] = prefix }),
        };
    }
}
