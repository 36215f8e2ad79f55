using System.Diagnostics;
using System.Text.Json.Nodes;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>What clients of the reference stumbled over.</summary>
public sealed class ClientTests(TestHost host)
{
    [Fact]
    public async Task The_api_has_the_names_that_are_configured()
    {
        await using var both = await TestHost.StartHost(await host.NewDatabase(), new Dictionary<string, string?> { ["Http:ApiName"] = "nico, carbide" }, host.Issuer);
        var org = TestHost.NewOrg();
        var client = both.As(org, "PROVIDER_ADMIN");
        var provider = (await client.Get($"/v2/org/{org}/carbide/infrastructure-provider/current")).Is(200);
        Assert.Equal(provider["id"].Id(), (await client.Get("infrastructure-provider/current")).Is(200)["id"].Id());
        (await client.Get($"/v2/org/{org}/forge/infrastructure-provider/current")).Is(404);
        (await client.Get($"/v2/org/{org}/carbide/site/")).Is(404);
        (await client.Raw(HttpMethod.Post, $"/v2/org/{org}/Carbide/site", "{}")).Fails(400, "name");

        // The trail has what was asked for.
        (await client.Raw(HttpMethod.Post, $"/v2/org/{org}/carbide/site", new JsonObject { ["name"] = "made" }.ToJsonString())).Is(201);
        Assert.Equal(
            $"/v2/org/{org}/carbide/site", (await client.Get("audit")).Items().Single(entry => entry!["statusCode"].Number() == 201)!["endpoint"].Text());

        await using var other = await TestHost.StartHost(
            await host.NewDatabase(), new Dictionary<string, string?> { ["Http:ApiName:0"] = "carbide", ["Http:ApiName:1"] = "forge" }, host.Issuer);
        client = other.As(org, "PROVIDER_ADMIN");
        (await client.Get($"/v2/org/{org}/carbide/infrastructure-provider/current")).Is(200);
        (await client.Get($"/v2/org/{org}/forge/infrastructure-provider/current")).Is(200);
        (await client.Get("infrastructure-provider/current")).Is(404);
        Assert.Contains("/v2/org/{org}/carbide/site", (await client.Get("/openapi/v2.json")).Is(200)["paths"]!.AsObject().Select(path => path.Key));
    }

    [Fact]
    public async Task The_program_says_its_own_version()
    {
        using var program = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "nico.dll"), "--version"]) { RedirectStandardOutput = true })!;
        var told = (await program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim();
        var metadata = (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("metadata")).Is(200);
        Assert.Equal(metadata["buildVersion"].Text(), told.Split('+')[0]);
        Assert.NotEqual(metadata["version"].Text(), told.Split('+')[0]);
    }

    [Fact]
    public async Task A_site_that_the_caller_sees_has_nothing_of_it_before_the_first_allocation()
    {
        var account = await host.ServiceAccount();
        var (client, site) = (account.Client, (await account.Client.Post("site", new { name = "new" })).Is(201)["id"].Id());
        var (tenant, _) = await host.Tenant();
        var viewer = host.As(account.Org, "PROVIDER_VIEWER", "TENANT_ADMIN");
        foreach (var path in new[] { "vpc", "vpc-prefix", "subnet", "instance", "operating-system", "allocation", "instance/type", "ipblock" })
        {
            Assert.Empty((await client.Get($"{path}?siteId={site}")).Items());
            Assert.Empty((await viewer.Get($"{path}?siteId={site}")).Items());
            (await tenant.Get($"{path}?siteId={site}")).Fails(400, "siteId");
            (await client.Get($"{path}?siteId={Guid.CreateVersion7()}")).Fails(400, "siteId");
        }

        // Seen as a provider alone, it is not to be named by whoever has no role for that side.
        var (provider, _) = await host.Provider();
        var (own, _) = await host.Tenant(provider.Org);
        var seen = (await provider.Post("site", new { name = "seen" })).Is(201)["id"].Id();
        (await own.Get($"vpc?siteId={seen}")).Fails(400, "siteId");
        Assert.Empty((await host.As(provider.Org, "PROVIDER_VIEWER", "TENANT_ADMIN").Get($"vpc?siteId={seen}")).Items());
    }

    [Fact]
    public async Task A_block_outside_of_the_fabric_of_its_site_is_told_when_it_is_made()
    {
        var (provider, _) = await host.Provider();
        await using var site = await TestSite.Start(host.Host, provider.Org, new SimulatorOptions
        {
            SiteName = "fabric-" + Guid.NewGuid().ToString("N")[..8],
            Machines = 1,
            Speed = double.PositiveInfinity,
            FabricPrefixes = ["10.0.0.0/9", "fd00::/8"],
        });
        await provider.Eventually($"site/{site.Id}", seen => seen["status"].Text() == "Registered");
        foreach (var (prefix, length, isFine) in new[]
        {
            ("10.0.0.0", 9, true), ("10.128.0.0", 9, false), ("192.166.128.0", 24, false), ("fd00:1::", 32, true), ("2001:db8::", 32, false), ("8.0.0.0", 7, false),
        })
        {
            var made = await provider.Post("ipblock", new
            {
                name = prefix,
                siteId = site.Id,
                routingType = "DatacenterOnly",
                prefix,
                prefixLength = length,
                protocolVersion = prefix.Contains(':') ? "IPv6" : "IPv4",
            });
            if (isFine)
            {
                made.Is(201);
            }
            else
            {
                Assert.Contains("10.0.0.0/9, fd00::/8", made.Fails(400, "prefix")["data"]!["prefix"].Text(), StringComparison.Ordinal);
            }
        }
    }

    /// <summary>What examples of the API say is taken by the simulated site, up to the networks in it.</summary>
    [Fact]
    public async Task The_simulated_site_takes_the_documented_examples()
    {
        var account = await host.ServiceAccount();
        await using var site = await host.Site(account.Org);
        await account.Client.Eventually($"site/{site.Id}", seen => seen["status"].Text() == "Registered");
        var block = (await account.Client.Post("ipblock", new
        {
            name = "example",
            siteId = site.Id,
            routingType = "DatacenterOnly",
            prefix = "192.166.128.0",
            prefixLength = 24,
            protocolVersion = "IPv4",
        })).Is(201)["id"].Id();
        var allocation = (await account.Client.Post("allocation", new
        {
            name = "own",
            siteId = site.Id,
            tenantId = account.TenantId,
            allocationConstraints = new[] { new { resourceType = "IPBlock", resourceTypeId = block, constraintType = "Reserved", constraintValue = 25 } },
        })).Is(201);
        var vpc = (await account.Client.Post("vpc", new { name = "vpc", siteId = site.Id, networkVirtualizationType = "FNN" })).Is(201);
        Assert.Equal("{}", vpc["labels"]!.ToJsonString());
        var ready = await account.Client.Eventually($"vpc/{vpc["id"]}", seen => seen["status"].Text() == "Ready");
        Assert.InRange(ready["vni"].Number(), 1, 65535);
        var prefix = (await account.Client.Post("vpc-prefix", new
        {
            name = "prefix",
            vpcId = vpc["id"].Id(),
            ipBlockId = allocation["allocationConstraints"]![0]!["derivedResourceId"].Id(),
            prefixLength = 26,
        })).Is(201);
        Assert.Equal("192.166.128.0/26", prefix["prefix"].Text());
        Assert.Equal("Ready", (await account.Client.Get($"vpc-prefix/{prefix["id"]}")).Is(200)["status"].Text());
    }

    /// <summary>What 2.0 has and Nico has not yet. Where a path is one of a resource that takes any id, the answer is that resource's.</summary>
    [Theory]
    [InlineData("PUT", "credential/bmc")]
    [InlineData("POST", "credential/uefi")]
    [InlineData("POST", "credential/rotation")]
    [InlineData("GET", "credential/rotation")]
    [InlineData("PATCH", "machine/m/power")]
    [InlineData("PATCH", "machine/m/bmc/reset")]
    [InlineData("PATCH", "machine/m/dpu/reprovision")]
    [InlineData("GET", "machine/m/dpu")]
    [InlineData("POST", "machine/m/decommission")]
    [InlineData("GET", "machine/m/health-report")]
    [InlineData("PUT", "machine/m/health-report")]
    [InlineData("DELETE", "machine/m/health-report/s")]
    [InlineData("POST", "machine/m/validation/run")]
    [InlineData("GET", "machine/m/validation/run")]
    [InlineData("GET", "machine/m/validation/result")]
    [InlineData("GET", "measured-boot/trusted-machine")]
    [InlineData("DELETE", "measured-boot/trusted-profile/i")]
    [InlineData("GET", "site-explorer/endpoint")]
    [InlineData("POST", "site-explorer/endpoint/action")]
    [InlineData("PUT", "firmware-config/host")]
    [InlineData("GET", "ipxe-template")]
    [InlineData("GET", "ipxe-template/i")]
    [InlineData("POST", "sku")]
    [InlineData("PATCH", "sku/s")]
    [InlineData("GET", "task/rule")]
    [InlineData("POST", "task/rule")]
    [InlineData("POST", "task/run")]
    [InlineData("GET", "task/run/i/target")]
    [InlineData("POST", "task/run/i/cancel")]
    public async Task What_is_not_served_yet_is_not_found(string method, string path)
    {
        var account = await host.ServiceAccount();
        Assert.InRange((await account.Client.Raw(new HttpMethod(method), path, "{}")).Status, 400, 405);
    }
}
