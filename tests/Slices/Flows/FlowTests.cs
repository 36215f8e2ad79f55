using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Flows;

/// <summary>From a token to a running instance and back, as the README has it.</summary>
public sealed class FlowTests(TestHost host)
{
    [Fact]
    public async Task A_service_account_walks_from_a_token_to_a_machine_and_back()
    {
        var account = await host.ServiceAccount();
        await using var site = await host.Site(account.Org, At(600));

        var tenantBlock = await Addresses(account.Client, account.TenantId, site);
        await Walk(account.Client, tenantBlock, site);
    }

    [Fact]
    public async Task A_provider_and_a_tenant_walk_it_together()
    {
        var org = TestHost.NewOrg("provider");
        var (provider, _) = await host.Provider(org);
        await using var site = await host.Site(org, At(600));
        var (tenant, tenantId) = await host.Tenant();

        Assert.Empty((await tenant.Get("site")).Items());
        var tenantBlock = await Addresses(provider, tenantId, site);
        Assert.Equal(site.Id, (await tenant.Get("site")).Items().Single()!["id"].Id());
        await Account(org, tenantId);
        await Walk(tenant, tenantBlock, site);
    }

    private static SimulatorOptions At(double speed) =>
        new() { SiteName = "flow-" + Guid.NewGuid().ToString("N")[..8], Machines = 4, Speed = speed };

    /// <summary>The provider's part: addresses, and all of them to the tenant.</summary>
    private static async Task<Guid> Addresses(ApiClient provider, Guid tenantId, TestSite site)
    {
        await provider.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        var block = (await provider.Post("ipblock", new
        {
            name = "pool",
            siteId = site.Id,
            routingType = "DatacenterOnly",
            prefix = "10.30.0.0",
            prefixLength = 16,
            protocolVersion = "IPv4",
        })).Is(201);
        var allocation = (await provider.Post("allocation", new
        {
            name = "all",
            siteId = site.Id,
            tenantId,
            allocationConstraints = new[] { new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "Reserved", constraintValue = 16 } },
        })).Is(201);
        return allocation["allocationConstraints"]![0]!["derivedResourceId"].Id();
    }

    /// <summary>The tenant's part: networks, an operating system, an instance, and all of it gone again.</summary>
    private static async Task Walk(ApiClient tenant, Guid block, TestSite site)
    {
        Assert.Equal("10.30.0.0", (await tenant.Get($"ipblock/{block}")).Is(200)["prefix"].Text());
        var vpc = (await tenant.Post("vpc", new { name = "routed", siteId = site.Id, networkVirtualizationType = "FNN" })).Is(201);
        Assert.Equal("Ready", vpc["status"].Text());
        var prefix = (await tenant.Post("vpc-prefix", new { name = "nodes", vpcId = vpc["id"].Id(), ipBlockId = block, prefixLength = 24 })).Is(201);
        var layer2 = (await tenant.Post("vpc", new { name = "layer2", siteId = site.Id, networkVirtualizationType = "ETHERNET_VIRTUALIZER" })).Is(201);
        var subnet = (await tenant.Post("subnet", new { name = "rack", vpcId = layer2["id"].Id(), ipv4BlockId = block, prefixLength = 24 })).Is(201);
        var system = (await tenant.Post("operating-system", new
        {
            name = "ubuntu",
            ipxeScript = "#!ipxe\nboot",
            userData = "#cloud-config\nhostname: node\n",
        })).Is(201);
        var machine = (await tenant.Eventually(
            $"machine?siteId={site.Id}&status=Ready&pageSize=1", found => found.AsArray().Count == 1))[0]!["id"].Text();
        var instance = (await tenant.Post("instance", new
        {
            name = "node",
            vpcId = vpc["id"].Id(),
            machineId = machine,
            operatingSystemId = system["id"].Id(),
            interfaces = new[] { new { vpcPrefixId = prefix["id"].Id() } },
        })).Is(201);
        var path = $"instance/{instance["id"]}";

        var ready = await tenant.Eventually(path, i => i["status"].Text() == "Ready" && i["interfaces"]![0]!["status"].Text() == "Ready");
        Assert.StartsWith("10.30.0.", ready["interfaces"]![0]!["ipAddresses"]![0].Text(), StringComparison.Ordinal);
        Assert.Equal("InUse", (await tenant.Get($"machine/{machine}")).Is(200)["status"].Text());
        await tenant.Eventually($"subnet/{subnet["id"]}", s => s["status"].Text() == "Ready");

        Assert.Equal("Rebooting", (await tenant.Patch(path, new { triggerReboot = true })).Is(200)["status"].Text());
        await tenant.Eventually(path, i => i["status"].Text() == "Ready");

        (await tenant.Delete(path)).Is(202);
        await tenant.Gone(path);
        await tenant.Eventually($"machine/{machine}", m => m["status"].Text() == "Ready");
        (await tenant.Delete($"vpc-prefix/{prefix["id"]}")).Is(204);
        (await tenant.Delete($"subnet/{subnet["id"]}")).Is(204);
        await tenant.Gone($"vpc-prefix/{prefix["id"]}");
        await tenant.Gone($"subnet/{subnet["id"]}");
        (await tenant.Delete($"vpc/{vpc["id"]}")).Is(202);
        (await tenant.Delete($"vpc/{layer2["id"]}")).Is(202);
        await tenant.Gone($"vpc/{vpc["id"]}");
        await tenant.Gone($"vpc/{layer2["id"]}");
        Assert.Empty(site.Simulated.Instances);
        Assert.Empty(site.Simulated.Vpcs);
    }

    private async Task Account(string providerOrg, Guid tenantId) => await Sql($"""
        insert into identity.tenant_account
          (id, account_number, infrastructure_provider_id, tenant_org, tenant_id, status, targeted_instance_creation, created, updated)
        select gen_random_uuid(), 'nico-' || gen_random_uuid(), provider.id, tenant.org, tenant.id, 'Ready', true, now(), now()
        from identity.tenant
        join identity.infrastructure_provider as provider on provider.org = '{providerOrg}'
        where tenant.id = '{tenantId}'
        """);

    private async Task Sql(string sql)
    {
        await using var command = host.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
