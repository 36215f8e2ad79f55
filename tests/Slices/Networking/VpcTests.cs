using System.Text.Json;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>VPCs as their tenant sees them: spec/21-vpc.md, sections 3 and 8.</summary>
public sealed class VpcTests(NetworkWorld world) : IClassFixture<NetworkWorld>
{
    private readonly TestHost _host = world.Host;

    [Fact]
    public async Task A_VPC_is_ready_when_its_site_has_taken_it()
    {
        var tenant = await world.NewTenant();
        var id = Guid.NewGuid();
        var vpc = (await tenant.Client.Post("vpc", new
        {
            id,
            name = "first",
            description = "for a start",
            siteId = world.SiteId,
            labels = new Dictionary<string, string> { ["team"] = "red", ["spare"] = "" },
        })).Is(201);
        Assert.Equal(id, vpc["id"].Id());
        Assert.Equal(id, vpc["controllerVpcId"].Id());
        Assert.Equal("first", vpc["name"].Text());
        Assert.Equal(tenant.Client.Org, vpc["org"].Text());
        Assert.Equal(tenant.Id, vpc["tenantId"].Id());
        Assert.Equal(world.ProviderId, vpc["infrastructureProviderId"].Id());
        Assert.Equal("FNN", vpc["networkVirtualizationType"].Text());
        Assert.Equal("Ready", vpc["status"].Text());
        Assert.Equal(["Ready", "Pending"], vpc.Statuses());
        Assert.Null(vpc["requestedVni"]);
        Assert.Null(vpc["routingProfile"]);
        Assert.Null(vpc["networkSecurityGroupId"]);
        Assert.Equal("""{"spare":"","team":"red"}""", Sorted(vpc["labels"]!));
        var real = world.Simulated.Vpc(id.ToString())!;
        Assert.Equal((int)real.Status.Vni, vpc["vni"].Number());
        Assert.Equal("first", real.Metadata.Name);
        Assert.Equal("for a start", real.Metadata.Description);
        Assert.Equal(tenant.Client.Org, real.TenantOrganizationId);
        Assert.Equal(["spare=", "team=red"], real.Metadata.Labels.Select(label => $"{label.Key}={label.Value}").Order());
        Assert.Equal(vpc.ToJsonString(), (await tenant.Client.Get($"vpc/{id}")).Is(200).ToJsonString());
    }

    [Fact]
    public async Task The_type_follows_the_wish_or_the_site()
    {
        var tenant = await world.NewTenant();
        foreach (var type in new[] { "ETHERNET_VIRTUALIZER", "FNN", "FLAT" })
        {
            var vpc = await tenant.NewVpc(type);
            Assert.Equal(type, vpc["networkVirtualizationType"].Text());
            Assert.Equal("{}", vpc["labels"]!.ToJsonString());
        }

        Assert.Equal("FNN", (await tenant.Client.Post("vpc", tenant.VpcOrder(null))).Is(201)["networkVirtualizationType"].Text());
        var plain = await PlainSite(tenant);
        var made = (await tenant.Client.Post("vpc", new { name = "plain", siteId = plain })).Is(201);
        Assert.Equal("ETHERNET_VIRTUALIZER", made["networkVirtualizationType"].Text());
        (await tenant.Client.Post("vpc", new { name = "fnn", siteId = plain, networkVirtualizationType = "FNN" })).Fails(400, "networkVirtualizationType");
        (await tenant.Client.Post("vpc", new { name = "flat", siteId = plain, networkVirtualizationType = "FLAT" })).Is(201);
    }

    [Fact]
    public async Task A_routing_profile_is_for_privileged_tenants_and_FNN()
    {
        var tenant = await world.NewTenant();
        (await tenant.Client.Post("vpc", Order("external"))).Is(403);
        await Privilege(tenant);
        foreach (var profile in new[] { "external", "internal", "privileged-internal" })
        {
            var vpc = (await tenant.Client.Post("vpc", Order(profile))).Is(201);
            Assert.Equal(profile, vpc["routingProfile"].Text());
            Assert.Equal(profile.ToUpperInvariant().Replace('-', '_'), world.Simulated.Vpc(vpc["id"].Text())!.RoutingProfileType);
        }

        foreach (var profile in new[] { "in", "1internal", "priv_internal", "public", "", "internal\n", new string('a', 65), "Internal" })
        {
            (await tenant.Client.Post("vpc", Order(profile))).Fails(400, "routingProfile");
        }

        (await tenant.Client.Post("vpc", Order("external", "FLAT"))).Fails(400, "routingProfile");
        (await tenant.Client.Post("vpc", Order("external", "ETHERNET_VIRTUALIZER"))).Fails(400, "routingProfile");

        // The right is one of a site: at another provider's it is to be given anew.
        var plain = await PlainSite(tenant);
        (await tenant.Client.Post("vpc", new { name = "plain", siteId = plain, routingProfile = "external" })).Is(403);
        await Privilege(tenant);
        (await tenant.Client.Post("vpc", new { name = "plain", siteId = plain, routingProfile = "external" })).Fails(400, "routingProfile");

        object Order(string profile, string? type = null) =>
            new { name = "vpc-" + Guid.NewGuid(), siteId = world.SiteId, routingProfile = profile, networkVirtualizationType = type };
    }

    [Fact]
    public async Task A_VNI_can_be_wished_for()
    {
        var tenant = await world.NewTenant();
        var vpc = (await tenant.Client.Post("vpc", new { name = "wish", siteId = world.SiteId, vni = 4711 })).Is(201);
        Assert.Equal(4711, vpc["requestedVni"].Number());
        Assert.Equal(4711, vpc["vni"].Number());
        (await tenant.Client.Post("vpc", new { name = "same", siteId = world.SiteId, vni = 4711 })).Is(412);
        (await tenant.Client.Post("vpc", new { name = "none", siteId = world.SiteId, vni = 0 })).Is(412);
        Assert.Equal(["wish"], (await tenant.Client.Get("vpc")).Items().Names());

        // A deleted one's is free again.
        await tenant.Client.Eventually($"vpc/{vpc["id"]}", v => v["status"].Text() == "Ready");
        (await tenant.Client.Delete($"vpc/{vpc["id"]}")).Is(202);
        await tenant.Client.Gone($"vpc/{vpc["id"]}");
        Assert.Equal(4711, (await tenant.Client.Post("vpc", new { name = "again", siteId = world.SiteId, vni = 4711 })).Is(201)["vni"].Number());
    }

    [Fact]
    public async Task Every_wrong_field_is_named_and_nothing_is_made()
    {
        var tenant = await world.NewTenant();
        (await tenant.Client.Post("vpc", new { })).Fails(400, "name", "siteId");
        var many = new JsonObject(Enumerable.Range(0, 11).Select(i => KeyValuePair.Create("k" + i, (JsonNode?)"v")));
        foreach (var (field, value) in new (string, JsonNode?)[]
        {
            ("name", "x"), ("name", " x y"), ("name", new string('x', 257)), ("name", "naïve"), ("description", new string('x', 1025)), ("description", 1),
            ("siteId", "x"), ("siteId", Guid.NewGuid().ToString()), ("siteId", Guid.NewGuid().ToString().ToUpperInvariant()), ("id", "x"), ("id", 1),
            ("networkVirtualizationType", "FNN_CLASSIC"), ("networkVirtualizationType", "ETHERNET_VIRTUALIZER_WITH_NVUE"), ("networkVirtualizationType", ""), ("networkVirtualizationType", 1),
            ("vni", -1), ("vni", 65536), ("vni", "1"), ("vni", 1.5), ("labels", new JsonArray()), ("labels", many), ("labels", new JsonObject { [""] = "v" }),
            ("labels", new JsonObject { [" "] = "v" }), ("labels", new JsonObject { [new string('k', 256)] = "v" }), ("labels", new JsonObject { ["k"] = new string('v', 256) }),
            ("labels", new JsonObject { ["k"] = 1 }), ("labels", new JsonObject { ["k"] = null }),
            ("networkSecurityGroupId", Guid.NewGuid().ToString()), ("networkSecurityGroupId", ""), ("nvLinkLogicalPartitionId", "x"),
            ("nvLinkLogicalPartitionId", Guid.NewGuid().ToString()),
        })
        {
            var order = JsonSerializer.SerializeToNode(tenant.VpcOrder())!.AsObject();
            order[field] = value;
            (await tenant.Client.Post("vpc", order)).Fails(400, field);
        }

        Assert.Equal(0, (await tenant.Client.Get("vpc")).Total);
        Assert.DoesNotContain(world.Simulated.Vpcs, vpc => vpc.TenantOrganizationId == tenant.Client.Org);
    }

    [Fact]
    public async Task Ids_and_names_are_taken_once()
    {
        var (tenant, other) = (await world.NewTenant(), await world.NewTenant());
        var first = await tenant.NewVpc(name: "same");
        (await tenant.Client.Post("vpc", tenant.VpcOrder(name: "same"))).ConflictsWith(first["id"]);
        (await other.Client.Post("vpc", other.VpcOrder(name: "same"))).Is(201);
        var id = first["id"].Id();
        (await tenant.Client.Post("vpc", new { id, name = "other", siteId = world.SiteId })).ConflictsWith(first["id"]);
        (await other.Client.Post("vpc", new { id, name = "other", siteId = world.SiteId })).ConflictsWith(first["id"]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => tenant.Client.Post("vpc", tenant.VpcOrder(name: "race"))));
        var winner = Assert.Single(answers, answer => answer.Status == 201).Json!;
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.ConflictsWith(winner["id"]));
        Assert.Equal(2, (await tenant.Client.Get("vpc")).Total);
    }

    [Fact]
    public async Task Only_a_tenant_that_uses_the_site_makes_VPCs()
    {
        var tenant = await world.NewTenant();
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Post("vpc", tenant.VpcOrder())).Is(403);
        (await _host.As(TestHost.NewOrg(), "TENANT_ADMIN").Post("vpc", tenant.VpcOrder())).Is(403);
        var (stranger, _) = await _host.Tenant();
        (await stranger.Post("vpc", tenant.VpcOrder())).Fails(400, "siteId");
        var silent = (await world.Provider.Post("site", new { name = "silent-" + Guid.NewGuid() })).Is(201)["id"].Id();
        await AllocateAt(silent, tenant);
        (await tenant.Client.Post("vpc", new { name = "silent", siteId = silent })).Fails(400, "siteId");
    }

    [Fact]
    public async Task A_VPC_is_its_tenants_own()
    {
        var (tenant, other) = (await world.NewTenant(), await world.NewTenant());
        var vpc = (await tenant.NewVpc())["id"];
        (await other.Client.Get($"vpc/{vpc}")).Is(404);
        (await other.Client.Delete($"vpc/{vpc}")).Is(404);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN", "PROVIDER_VIEWER").Get($"vpc/{vpc}")).Is(403);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Delete($"vpc/{vpc}")).Is(403);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Get("vpc")).Is(403);
        (await _host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("vpc")).Is(403);
        (await _host.As(TestHost.NewOrg(), "TENANT_ADMIN").Delete($"vpc/{vpc}")).Is(404);
        Assert.Equal(0, (await other.Client.Get("vpc")).Total);
        Assert.Equal(0, (await (await _host.Tenant()).Client.Get("vpc")).Total);
        (await tenant.Client.Get($"vpc/{Guid.NewGuid()}")).Is(404);
        (await tenant.Client.Get("vpc/x")).Fails(400, "vpcId");
        (await tenant.Client.Delete("vpc/x")).Fails(400, "vpcId");
        (await tenant.Client.Get($"vpc/{vpc}?includeRelation=Nope")).Fails(400, "includeRelation");
        (await tenant.Client.Get($"vpc/{vpc!.GetValue<string>().ToUpperInvariant()}")).Is(200);
    }

    [Fact]
    public async Task A_list_is_filtered_searched_ordered_and_embeds()
    {
        var tenant = await world.NewTenant();
        var second = await PlainSite(tenant);
        (await tenant.Client.Post("vpc", new { name = "alpha 7%", description = "running_things", siteId = world.SiteId, labels = new { team = "crimson" } })).Is(201);
        (await tenant.Client.Post("vpc", new { name = "beta", siteId = world.SiteId, networkVirtualizationType = "FLAT" })).Is(201);
        (await tenant.Client.Post("vpc", new { name = "gamma", siteId = second })).Is(201);
        foreach (var (query, expected) in new (string, string[])[]
        {
            ("", ["alpha 7%", "beta", "gamma"]), ($"siteId={second}", ["gamma"]), ($"siteId={second}&siteId={world.SiteId}", ["alpha 7%", "beta", "gamma"]),
            ("status=Ready", ["alpha 7%", "beta", "gamma"]), ("status=Error&status=Ready", ["alpha 7%", "beta", "gamma"]), ("status=Deleting", []),
            ("query=crimson", ["alpha 7%"]), ("query=FLAT", ["beta"]), ("query=ETHERNET", ["gamma"]), ("query=things", ["alpha 7%"]), ("query=%25", ["alpha 7%"]), ("query=_things", ["alpha 7%"]),
            ("query=beta+gamma", ["beta", "gamma"]), ("query=beta+%26+gamma", []), ("query=nothing", []), ("query=(%3A", []), ("orderBy=NAME_DESC", ["gamma", "beta", "alpha 7%"]),
            ("orderBy=CREATED_DESC", ["gamma", "beta", "alpha 7%"]), ("orderBy=STATUS_ASC", ["alpha 7%", "beta", "gamma"]), ("pageSize=1&pageNumber=3", ["gamma"]),
        })
        {
            var answer = await tenant.Client.Get("vpc?" + query);
            Assert.True(expected.SequenceEqual(answer.Items().Names()), $"{query}: {answer}");
        }

        Assert.Equal(3, (await tenant.Client.Get("vpc?pageSize=1&orderBy=UPDATED_DESC")).Total);
        foreach (var (query, field) in new[]
        {
            ("siteId=x", "siteId"), ($"siteId={Guid.NewGuid()}", "siteId"), ($"siteId={world.SiteId}&siteId={Guid.NewGuid()}", "siteId"), ("status=Bogus", "status"),
            ($"networkSecurityGroupId={Guid.NewGuid()}", "networkSecurityGroupId"), ("nvLinkLogicalPartitionId=x", "nvLinkLogicalPartitionId"),
            ($"nvLinkLogicalPartitionId={Guid.NewGuid()}", "nvLinkLogicalPartitionId"), ("pageSize=101", "PageSize"), ("orderBy=LABELS_ASC", "OrderByStr"), ("includeRelation=Vpc", "includeRelation"),
        })
        {
            (await tenant.Client.Get("vpc?" + query)).Fails(400, field);
        }

        var (stranger, _) = await _host.Tenant();
        (await stranger.Get($"vpc?siteId={world.SiteId}")).Fails(400, "siteId");
        const string All = "includeRelation=Site&includeRelation=Tenant&includeRelation=InfrastructureProvider&includeRelation=NetworkSecurityGroup&includeRelation=NVLinkLogicalPartition";
        foreach (var related in new[] { (await tenant.Client.Get($"vpc?{All}")).Items()[0]!, (await tenant.Client.Get($"vpc/{(await tenant.Client.Get("vpc")).Items()[0]!["id"]}?{All}")).Is(200) })
        {
            Assert.Equal(world.SiteId, related["site"]!["id"].Id());
            Assert.Equal(tenant.Id, related["tenant"]!["id"].Id());
            Assert.Equal(world.ProviderId, related["infrastructureProvider"]!["id"].Id());
        }
    }

    [Fact]
    public async Task A_VPC_goes_when_nothing_is_left_in_it()
    {
        var tenant = await world.NewTenant();
        var (fnn, ethernet) = (await tenant.NewVpc(), await tenant.NewVpc("ETHERNET_VIRTUALIZER"));
        var prefix = await tenant.NewPrefix(fnn);
        var subnet = await tenant.NewSubnet(ethernet);
        (await tenant.Client.Delete($"vpc/{fnn["id"]}")).Is(400);
        (await tenant.Client.Delete($"vpc/{ethernet["id"]}")).Is(400);
        Assert.Equal("Ready", (await tenant.Client.Get($"vpc/{fnn["id"]}")).Is(200)["status"].Text());
        (await tenant.Client.Delete($"vpc-prefix/{prefix["id"]}")).Is(204);
        (await tenant.Client.Delete($"subnet/{subnet["id"]}")).Is(204);
        await tenant.Client.Gone($"vpc-prefix/{prefix["id"]}");
        await tenant.Client.Gone($"subnet/{subnet["id"]}");
        foreach (var id in new[] { fnn["id"], ethernet["id"] })
        {
            (await tenant.Client.Delete($"vpc/{id}")).Is(202);
            Assert.Equal("Deleting", (await tenant.Client.Get($"vpc/{id}")).Json!["status"]?.GetValue<string>() ?? "Deleting");
            Assert.Contains((await tenant.Client.Delete($"vpc/{id}")).Status, new[] { 202, 404 });
            await tenant.Client.Gone($"vpc/{id}");
            Assert.Null(world.Simulated.Vpc(id!.GetValue<string>()));
        }

        (await tenant.Client.Post("vpc", new { id = fnn["id"].Id(), name = fnn["name"].Text(), siteId = world.SiteId })).Is(201);
    }

    [Fact]
    public async Task A_network_is_never_left_in_a_VPC_that_goes()
    {
        var tenant = await world.NewTenant();
        for (var i = 0; i < 6; i++)
        {
            var vpc = await tenant.NewVpc(i % 2 == 0 ? "FNN" : "ETHERNET_VIRTUALIZER");
            var (made, deleted) = (
                i % 2 == 0 ? tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc)) : tenant.Client.Post("subnet", tenant.SubnetOrder(vpc)),
                tenant.Client.Delete($"vpc/{vpc["id"]}"));
            Assert.True(((await made).Status, (await deleted).Status) is (201, 400) or (400, 202), $"{await made} {await deleted}");
        }
    }

    private static string Sorted(JsonNode labels) =>
        new JsonObject(labels.AsObject().OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => KeyValuePair.Create(label.Key, label.Value?.DeepClone()))).ToJsonString();

    private Task<int> Privilege(NetworkTenant tenant) => world.Execute(Privileges.Of(tenant.Id), tenant);

    private Task<Guid> AllocateAt(Guid site, NetworkTenant tenant) => AllocateAt(world.Provider, site, tenant);

    private static async Task<Guid> AllocateAt(ApiClient provider, Guid site, NetworkTenant tenant)
    {
        var block = (await provider.Post("ipblock", new
        {
            name = "block",
            siteId = site,
            routingType = "Public",
            prefix = "172.16.0.0",
            prefixLength = 16,
            protocolVersion = "IPv4",
        })).Is(201);
        return (await provider.Post("allocation", new
        {
            name = "allocation",
            siteId = site,
            tenantId = tenant.Id,
            allocationConstraints = new[] { new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "Reserved", constraintValue = 16 } },
        })).Is(201)["id"].Id();
    }

    /// <summary>Another site, without native networking, that the tenant uses.</summary>
    private async Task<Guid> PlainSite(NetworkTenant tenant)
    {
        var (provider, _) = await _host.Provider();
        var site = await _host.Site(provider.Org);
        await provider.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        await world.Execute("update hardware.site set native_networking = false where id = @Id", new { site.Id });
        await AllocateAt(provider, site.Id, tenant);
        world.Others.Add(site);
        return site.Id;
    }
}
