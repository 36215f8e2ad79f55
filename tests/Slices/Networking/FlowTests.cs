using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>The networks' part of the flow of a service account, from its addresses to nothing again.</summary>
public sealed class FlowTests(TestHost host)
{
    [Fact]
    public async Task A_service_account_makes_networks_of_both_kinds_and_removes_them()
    {
        var account = await host.ServiceAccount();
        await using var site = await host.Site(account.Org);
        var api = account.Client;
        await api.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");

        var block = (await api.Post("ipblock", new
        {
            name = "pool",
            siteId = site.Id,
            routingType = "DatacenterOnly",
            prefix = "10.20.0.0",
            prefixLength = 16,
            protocolVersion = "IPv4",
        })).Is(201);
        var allocation = (await api.Post("allocation", new
        {
            name = "own",
            siteId = site.Id,
            tenantId = account.TenantId,
            allocationConstraints = new[]
            {
                new { resourceType = "IPBlock", resourceTypeId = block["id"].Text(), constraintType = "Reserved", constraintValue = 16 },
            },
        })).Is(201);
        var derived = allocation["allocationConstraints"]![0]!["derivedResourceId"].Text();

        var fnn = (await api.Post("vpc", new { name = "fnn", siteId = site.Id })).Is(201);
        Assert.Equal("FNN", fnn["networkVirtualizationType"].Text());
        Assert.Equal("Ready", fnn["status"].Text());
        var prefix = (await api.Post("vpc-prefix", new { name = "fnn-a", vpcId = fnn["id"].Text(), ipBlockId = derived, prefixLength = 24 })).Is(201);
        Assert.Equal("10.20.0.0/24", prefix["prefix"].Text());

        var ethernet = (await api.Post("vpc", new { name = "ev", siteId = site.Id, networkVirtualizationType = "ETHERNET_VIRTUALIZER" })).Is(201);
        var subnet = (await api.Post("subnet", new { name = "ev-a", vpcId = ethernet["id"].Text(), ipv4BlockId = derived, prefixLength = 24 })).Is(201);
        Assert.Equal("10.20.1.1", subnet["ipv4Gateway"].Text());
        await api.Eventually($"subnet/{subnet["id"]}", s => s["status"].Text() == "Ready");

        var system = (await api.Post("operating-system", new { name = "os", ipxeScript = "#!ipxe\nboot", phoneHomeEnabled = true })).Is(201);
        Assert.Equal("Ready", system["status"].Text());

        (await api.Delete($"allocation/{allocation["id"]}")).Is(400);
        (await api.Delete($"vpc/{fnn["id"]}")).Is(400);
        (await api.Delete($"vpc-prefix/{prefix["id"]}")).Is(204);
        (await api.Delete($"subnet/{subnet["id"]}")).Is(204);
        await api.Gone($"vpc-prefix/{prefix["id"]}");
        await api.Gone($"subnet/{subnet["id"]}");
        (await api.Delete($"vpc/{fnn["id"]}")).Is(202);
        (await api.Delete($"vpc/{ethernet["id"]}")).Is(202);
        await api.Gone($"vpc/{fnn["id"]}");
        await api.Gone($"vpc/{ethernet["id"]}");
        (await api.Delete($"allocation/{allocation["id"]}")).Is(202);
        (await api.Get($"ipblock/{derived}")).Is(404);
        Assert.Empty(site.Simulated.Vpcs);
        Assert.Empty(site.Simulated.VpcPrefixes);
        Assert.Empty(site.Simulated.Segments);
        Assert.NotNull(site.Simulated.Tenant(account.Org));
    }
}
