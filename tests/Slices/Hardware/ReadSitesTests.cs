using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>spec/40-site.md, section 13.2.</summary>
public sealed class ReadSitesTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task The_owner_sees_its_site_whatever_its_reading_role()
    {
        var account = await host.ServiceAccount();
        var id = await HardwareWorld.Site(account.Client);
        Assert.NotNull((await account.Client.Get($"site/{id}")).Is(200)["registrationToken"]);
        Assert.NotNull((await host.As(account.Org, "PROVIDER_ADMIN").Get($"site/{id}")).Is(200)["registrationToken"]);
        Assert.Null((await host.As(account.Org, "PROVIDER_VIEWER").Get($"site/{id}")).Is(200)["registrationToken"]);
        Assert.Single((await host.As(account.Org, "PROVIDER_VIEWER").Get("site")).Items());
    }

    [Fact]
    public async Task What_does_not_exist_or_is_another_s_is_not_found()
    {
        var (provider, providerId) = await host.Provider();
        var (other, _) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        var id = await HardwareWorld.Site(provider);
        var unknown = (await provider.Get($"site/{Guid.NewGuid()}")).Fails(404);
        var foreign = (await other.Get($"site/{id}")).Fails(404);
        Assert.Equal(unknown.ToJsonString().Length, foreign.ToJsonString().Length);
        (await tenant.Get($"site/{id}")).Fails(404);
        await _world.Account(providerId, tenantId);
        (await tenant.Get($"site/{id}")).Fails(404);
        (await provider.Get("site/nonsense")).Fails(400, "siteId");
        Assert.Empty((await other.Get("site")).Items());
        Assert.Empty((await tenant.Get("site")).Items());
    }

    [Fact]
    public async Task A_role_without_an_entity_is_400_and_no_role_403()
    {
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Get("site")).Fails(400);
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get($"site/{Guid.NewGuid()}")).Fails(400);
        (await host.As(TestHost.NewOrg(), "SOME_ROLE").Get("site")).Fails(403);
        (await host.Host.Bearing(TestHost.NewOrg(), null).Get("site")).Is(401);
    }

    [Fact]
    public async Task A_tenant_with_an_allocation_sees_the_site_without_its_token()
    {
        var (provider, _) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        var id = await HardwareWorld.Site(provider);
        await _world.Allocate(tenantId, id);
        foreach (var site in new[] { (await tenant.Get($"site/{id}")).Is(200), Assert.Single((await tenant.Get("site")).Items())! })
        {
            Assert.Null(site["registrationToken"]);
            Assert.Null(site["registrationTokenExpiration"]);
            Assert.False(site["isSerialConsoleSSHKeysEnabled"].Flag());
        }

        await _world.Deallocate(tenantId, id);
        (await tenant.Get($"site/{id}")).Fails(404);
    }

    [Fact]
    public async Task A_privileged_tenant_sees_the_sites_of_providers_whose_account_it_accepted_without_tokens()
    {
        var (provider, providerId) = await host.Provider();
        var id = await HardwareWorld.Site(provider);
        var (waiting, waitingId) = await _world.PrivilegedTenant(host);
        await _world.Account(providerId, waitingId, "Invited");
        (await waiting.Get($"site/{id}")).Fails(404);
        Assert.Empty((await waiting.Get("site")).Items());

        var (ready, readyId) = await _world.PrivilegedTenant(host);
        await _world.Account(providerId, readyId);
        foreach (var site in new[] { (await ready.Get($"site/{id}")).Is(200), Assert.Single((await ready.Get("site")).Items())! })
        {
            Assert.Null(site["registrationToken"]);
            Assert.False(site.AsObject().ContainsKey("isSerialConsoleSSHKeysEnabled"));
        }
    }

    [Fact]
    public async Task An_org_that_is_both_sees_its_own_site_as_tenant_in_the_list_and_as_provider_alone()
    {
        var account = await host.ServiceAccount();
        var id = await HardwareWorld.Site(account.Client);
        await _world.Allocate(account.TenantId, id);
        var listed = Assert.Single((await account.Client.Get("site")).Items())!;
        Assert.Null(listed["registrationToken"]);
        Assert.False(listed["isSerialConsoleSSHKeysEnabled"].Flag());
        var read = (await account.Client.Get($"site/{id}")).Is(200);
        Assert.NotNull(read["registrationToken"]);
        Assert.False(read.AsObject().ContainsKey("isSerialConsoleSSHKeysEnabled"));
    }

    [Fact]
    public async Task An_org_that_is_both_sees_another_provider_s_site_through_its_allocation()
    {
        var (provider, _) = await host.Provider();
        var id = await HardwareWorld.Site(provider);
        var org = TestHost.NewOrg();
        await host.Provider(org);
        var (_, tenantId) = await host.Tenant(org);
        await _world.Allocate(tenantId, id);
        var both = host.As(org, "PROVIDER_ADMIN", "TENANT_ADMIN");
        Assert.Null((await both.Get($"site/{id}")).Is(200)["registrationToken"]);
        Assert.Single((await both.Get("site?includeMachineStats=true")).Items(), site => site!["machineStats"] is null);
    }

    [Fact]
    public async Task Lists_are_paged_ordered_and_filtered()
    {
        var (provider, _) = await host.Provider();
        foreach (var (name, description, city, email) in new[]
        {
            ("beta", "z", "Cologne", "a@example.com"), ("alpha", "y", "Aachen", "c@example.com"), ("gamma", "x", "Bonn", "b@example.com"),
        })
        {
            (await provider.Post("site", new { name, description, location = new { city }, contact = new { email } })).Is(201);
        }

        await Order("", "beta", "alpha", "gamma");
        await Order("orderBy=CREATED_DESC", "gamma", "alpha", "beta");
        await Order("orderBy=UPDATED_ASC", "beta", "alpha", "gamma");
        await Order("orderBy=STATUS_ASC", "beta", "alpha", "gamma");
        await Order("orderBy=NAME_ASC", "alpha", "beta", "gamma");
        await Order("orderBy=NAME_DESC", "gamma", "beta", "alpha");
        await Order("orderBy=DESCRIPTION_ASC", "gamma", "alpha", "beta");
        await Order("orderBy=LOCATION_ASC", "alpha", "gamma", "beta");
        await Order("orderBy=CONTACT_DESC", "alpha", "gamma", "beta");
        await Order("query=gamm", "gamma");
        await Order("query=COLOGNE", "beta");
        await Order("query=c@example.com", "alpha");
        await Order("query=pending", "beta", "alpha", "gamma");
        await Order("query=beta gamma", "beta", "gamma");
        await Order("query=!nothing");
        await Order("query=nothing | beta", "beta");
        await Order("query=%");
        await Order("query= ", "beta", "alpha", "gamma");
        await Order("status=Pending&status=Error", "beta", "alpha", "gamma");
        await Order("status=Registered");

        var page = await provider.Get("site?pageNumber=2&pageSize=2&orderBy=NAME_ASC");
        Assert.Equal("gamma", Assert.Single(page.Items())!["name"].Text());
        Assert.Equal("""{"pageNumber":2,"pageSize":2,"total":3,"orderBy":"NAME_ASC"}""", page.Pagination.ToJsonString());
        Assert.Equal("""{"pageNumber":9,"pageSize":20,"total":3,"orderBy":null}""", (await provider.Get("site?pageNumber=9")).Pagination.ToJsonString());

        async Task Order(string query, params string[] names) =>
            Assert.Equal(names, (await provider.Get("site?" + query)).Items().Select(site => site!["name"].Text()));
    }

    [Theory]
    [InlineData("status=Nope", "status")]
    [InlineData("status=", "status")]
    [InlineData("pageSize=101", "PageSize")]
    [InlineData("pageNumber=-1", "PageNumber")]
    [InlineData("orderBy=ORG_ASC", "OrderByStr")]
    [InlineData("includeRelation=Tenant", "includeRelation")]
    [InlineData("isFlowEnabled=maybe", "isFlowEnabled")]
    [InlineData("includeMachineStats=2", "includeMachineStats")]
    [InlineData("tenantId=me", "tenantId")]
    public async Task A_wrong_parameter_is_named(string query, string field)
    {
        var (provider, _) = await host.Provider();
        (await provider.Get("site?" + query)).Fails(400, field);
    }

    [Fact]
    public async Task Capabilities_filter_in_both_directions()
    {
        var (provider, _) = await host.Provider();
        await HardwareWorld.Site(provider, "plain");
        var rich = await HardwareWorld.Site(provider, "rich");
        await _world.Sql(
            "update hardware.site set native_networking = true, network_security_group = false, nv_link_partition = true, flow = true where id = @rich", new { rich });
        foreach (var (filter, richValue) in new[]
        {
            ("isNativeNetworkingEnabled", true), ("isNetworkSecurityGroupEnabled", false), ("isNVLinkPartitionEnabled", true), ("isFlowEnabled", true),
        })
        {
            Assert.Equal("rich", Assert.Single((await provider.Get($"site?{filter}={(richValue ? "T" : "0")}")).Items())!["name"].Text());
            Assert.Equal("plain", Assert.Single((await provider.Get($"site?{filter}={(richValue ? "False" : "1")}")).Items())!["name"].Text());
        }
    }

    [Fact]
    public async Task The_provider_is_shown_when_asked_for()
    {
        var (provider, providerId) = await host.Provider();
        var id = await HardwareWorld.Site(provider);
        foreach (var site in new[]
        {
            (await provider.Get($"site/{id}?includeRelation=InfrastructureProvider")).Is(200),
            Assert.Single((await provider.Get("site?includeRelation=InfrastructureProvider")).Items())!,
        })
        {
            Assert.Equal(providerId, site["infrastructureProvider"]!["id"].Id());
            Assert.Equal(provider.Org, site["infrastructureProvider"]!["org"].Text());
        }

        (await provider.Get($"site/{id}?includeRelation=Site")).Fails(400, "includeRelation");
    }

    [Fact]
    public async Task Machines_are_counted_for_providers()
    {
        var (provider, _) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        var id = await HardwareWorld.Site(provider, "full");
        var empty = await HardwareWorld.Site(provider, "empty");
        var allocated = await HardwareWorld.Site(provider, "allocated");
        await _world.Allocate(tenantId, allocated);
        await _world.Round(id, [
            _world.Machine(),
            _world.Machine(),
            _world.Machine("Assigned/Ready", machine => machine.InstanceTypeId = Guid.NewGuid().ToString()),
            _world.Machine("Failed/Discovery", machine => machine.Health.Alerts.Add(new SiteProtocol.Health.HealthProbeAlert { Id = "Fan", Message = "slow" })),
        ]);

        (await tenant.Get("site?includeMachineStats=true")).Fails(403);
        var sites = (await provider.Get("site?includeMachineStats=true&orderBy=NAME_ASC")).Items();
        Assert.Equal(empty, sites[1]!["id"].Id());
        Assert.Null(sites[1]!["machineStats"]);
        Assert.Equal(0, sites[0]!["machineStats"]!["total"].Number());
        var stats = sites[2]!["machineStats"]!;
        Assert.Equal(4, stats["total"].Number());
        Assert.Equal(9, stats["totalByStatus"]!.AsObject().Count);
        Assert.Equal(2, stats["totalByStatus"]!["Ready"].Number());
        Assert.Equal(1, stats["totalByStatus"]!["InUse"].Number());
        Assert.Equal(0, stats["totalByStatus"]!["Unknown"].Number());
        Assert.Equal("""{"healthy":3,"unhealthy":1}""", stats["totalByHealth"]!.ToJsonString());
        Assert.Equal("""{"healthy":0,"unhealthy":1}""", stats["totalByStatusAndHealth"]!["Error"]!.ToJsonString());
        Assert.Equal("""{"allocatedInUse":1,"allocatedNotInUse":0,"unallocated":0}""", stats["totalByAllocation"]!.ToJsonString());
        Assert.Null((await provider.Get("site")).Items()[0]!["machineStats"]);
        Assert.Null((await provider.Get($"site/{id}")).Is(200)["machineStats"]);
    }
}
