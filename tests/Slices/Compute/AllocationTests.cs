using System.Text.Json;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Nico.Tests.Slices.Networking;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Allocations of addresses: spec/20-ip-and-allocation.md, sections 3.3, 6 and 9.</summary>
public sealed class AllocationTests(NetworkWorld world) : IClassFixture<NetworkWorld>
{
    private readonly ApiClient _api = world.Provider;
    private readonly TestHost _host = world.Host;

    [Fact]
    public async Task An_allocation_gives_a_tenant_a_block_of_its_own()
    {
        var (tenant, tenantId) = await _host.Tenant();
        var root = await world.NewBlock();
        var order = Json(world.Order(tenantId, root, 24, "first"));
        order["description"] = "for a start";
        var allocation = (await _api.Post("allocation", order)).Is(201);
        Assert.Equal("first", allocation["name"].Text());
        Assert.Equal("for a start", allocation["description"].Text());
        Assert.Equal("Registered", allocation["status"].Text());
        Assert.Equal(["Registered"], allocation.Statuses());
        Assert.Equal(tenantId, allocation["tenantId"].Id());
        Assert.Equal(world.ProviderId, allocation["infrastructureProviderId"].Id());
        Assert.False(allocation.AsObject().ContainsKey("site"));
        var constraint = Assert.Single(allocation["allocationConstraints"]!.AsArray())!;
        Assert.Equal(allocation["id"].Id(), constraint["allocationId"].Id());
        Assert.Equal("IPBlock", constraint["resourceType"].Text());
        Assert.Equal(root["id"].Id(), constraint["resourceTypeId"].Id());
        Assert.Equal(24, constraint["constraintValue"].Number());
        Assert.Equal(root["id"].Id(), constraint["ipBlock"]!["id"].Id());
        Assert.Equal(16, constraint["ipBlock"]!["prefixLength"].Number());
        Assert.Equal(allocation.ToJsonString(), (await _api.Get($"allocation/{allocation["id"]}")).Is(200).ToJsonString());
        Assert.Equal(allocation.ToJsonString(), (await tenant.Get($"allocation/{allocation["id"]}")).Is(200).ToJsonString());

        var block = (await tenant.Get($"ipblock/{constraint["derivedResourceId"]}")).Is(200);
        Assert.Equal("first", block["name"].Text());
        Assert.Equal("for a start", block["description"].Text());
        Assert.Equal(root["prefix"].Text(), block["prefix"].Text());
        Assert.Equal(24, block["prefixLength"].Number());
        Assert.Equal(root["routingType"].Text(), block["routingType"].Text());
        Assert.Equal(1, (await Usage(root))["acquiredPrefixes"].Number());
    }

    [Fact]
    public async Task The_first_allocation_opens_the_site_to_the_tenant_and_the_last_closes_it()
    {
        var (tenant, tenantId) = await _host.Tenant();
        (await tenant.Get($"site/{world.SiteId}")).Is(404);
        var root = await world.NewBlock();
        var first = await world.Allocate(tenantId, root, 24);
        var second = await world.Allocate(tenantId, root, 24);
        (await tenant.Get($"site/{world.SiteId}")).Is(200);
        await Wait.Until(() => world.Simulated.Tenant(tenant.Org) is not null);
        (await _api.Delete($"allocation/{first["id"]}")).Is(202);
        (await tenant.Get($"site/{world.SiteId}")).Is(200);
        (await _api.Delete($"allocation/{second["id"]}")).Is(202);
        (await tenant.Get($"site/{world.SiteId}")).Is(404);
    }

    [Fact]
    public async Task Space_is_taken_where_it_fits_best_and_lowest()
    {
        var (_, tenantId) = await _host.Tenant();
        var root = await Root("192.168.0.0", 20);
        Assert.Equal("192.168.0.0/21", (await Carve(21)).Cidr);
        var second = await Carve(22);
        Assert.Equal("192.168.8.0/22", second.Cidr);
        var usage = await Usage(root);
        Assert.Equal(["192.168.12.0/22"], Free(usage));
        Assert.Equal(256, usage["availableSmallestPrefixes"].Number());
        Assert.Equal(2, usage["acquiredPrefixes"].Number());
        await Refused(21);
        (await _api.Delete($"allocation/{second.Id}")).Is(202);
        Assert.Equal("192.168.8.0/28", (await Carve(28)).Cidr);
        usage = await Usage(root);
        Assert.Equal(
            [
                "192.168.8.16/28", "192.168.8.32/27", "192.168.8.64/26", "192.168.8.128/25", "192.168.9.0/24", "192.168.10.0/23", "192.168.12.0/22",
            ],
            Free(usage));
        Assert.Equal(508, usage["availableSmallestPrefixes"].Number());
        Assert.Equal("192.168.12.0/22", (await Carve(22)).Cidr);
        await Refused(20);
        await Refused(19);
        foreach (var value in new[] { 33, 255, 256 + 28, int.MaxValue })
        {
            await Refused(value);
        }

        async Task<(string Id, string Cidr)> Carve(int length)
        {
            var made = await world.Allocate(tenantId, root, length);
            return (made["id"].Text(), await Cidr(made));
        }

        async Task Refused(int length) => (await _api.Post("allocation", world.Order(tenantId, root, length))).Is(409);
    }

    [Fact]
    public async Task Space_of_IPv6_is_taken_alike()
    {
        var (_, tenantId) = await _host.Tenant();
        var root = await Root("2001:db8::", 48);
        Assert.Equal("2001:db8::/64", await Cidr(await world.Allocate(tenantId, root, 64)));
        Assert.Equal("2001:db8:0:1::/72", await Cidr(await world.Allocate(tenantId, root, 72)));
        (await _api.Post("allocation", world.Order(tenantId, root, 129))).Is(409);
    }

    [Fact]
    public async Task A_block_is_given_whole_or_in_parts()
    {
        var (_, tenantId) = await _host.Tenant();
        var root = await world.NewBlock(28);
        var whole = await world.Allocate(tenantId, root, 28);
        Assert.Equal($"{root["prefix"]}/28", await Cidr(whole));
        Assert.Equal("""{"availableIPs":0,"acquiredIPs":0,"availablePrefixes":[],"availableSmallestPrefixes":0,"acquiredPrefixes":1}""", (await Usage(root)).ToJsonString());
        (await _api.Post("allocation", world.Order(tenantId, root, 28))).Is(409);
        (await _api.Post("allocation", world.Order(tenantId, root, 29))).Is(409);
        (await _api.Delete($"allocation/{whole["id"]}")).Is(202);
        Assert.Equal(16, (await Usage(root))["availableIPs"].Number());
        var part = await world.Allocate(tenantId, root, 29);
        (await _api.Post("allocation", world.Order(tenantId, root, 28))).Is(409);
        (await _api.Delete($"allocation/{part["id"]}")).Is(202);
        await world.Allocate(tenantId, root, 28);
    }

    [Fact]
    public async Task Thirty_parallel_allocations_fill_a_block_and_no_more()
    {
        var tenants = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _host.Tenant()));
        var root = await world.NewBlock(24);
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i =>
            _api.Post("allocation", world.Order(tenants[i % 3].TenantId, root, i % 10 == 0 ? 26 : 28))));
        Assert.All(answers, answer => Assert.True(answer.Status is 201 or 409, answer.ToString()));
        var parts = await Task.WhenAll(answers.Where(answer => answer.Status == 201).Select(async answer => Part(await Cidr(answer.Json!))));
        Apart(parts);
        Assert.Equal(256 - parts.Sum(part => part.Size), Free(await Usage(root)).Sum(cidr => Part(cidr).Size));
        Assert.DoesNotContain(Free(await Usage(root)), cidr => Part(cidr).Size >= 64);
        Assert.Contains(answers, answer => answer.Status == 409);
    }

    [Fact]
    public async Task A_whole_grant_and_a_part_never_both_win()
    {
        var (_, tenantId) = await _host.Tenant();
        for (var i = 0; i < 5; i++)
        {
            var root = await world.NewBlock(24);
            var answers = await Task.WhenAll(new[] { 24, 25, 24, 25 }.Select(length => _api.Post("allocation", world.Order(tenantId, root, length))));
            var won = await Task.WhenAll(answers.Where(answer => answer.Status == 201).Select(async answer => Part(await Cidr(answer.Json!))));
            Apart(won);
            Assert.Equal(256, won.Sum(part => part.Size));
            Assert.All(answers, answer => Assert.True(answer.Status is 201 or 409, answer.ToString()));
        }
    }

    [Fact]
    public async Task A_name_is_taken_once_for_a_tenant_at_a_site()
    {
        var (_, tenantId) = await _host.Tenant();
        var (_, otherId) = await _host.Tenant();
        var root = await world.NewBlock();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _api.Post("allocation", world.Order(tenantId, root, 24, "same"))));
        var winner = Assert.Single(answers, answer => answer.Status == 201).Json!;
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.ConflictsWith(winner["id"]));
        Assert.Equal(1, (await Usage(root))["acquiredPrefixes"].Number());
        (await _api.Post("allocation", world.Order(otherId, root, 24, "same"))).Is(201);
        (await _api.Post("allocation", world.Order(tenantId, root, 24, "Same"))).Is(201);
    }

    [Fact]
    public async Task Every_wrong_field_is_named_and_nothing_is_given()
    {
        var (_, tenantId) = await _host.Tenant();
        var root = await world.NewBlock();
        (await _api.Post("allocation", new { })).Fails(400, "name", "siteId", "tenantId", "allocationConstraints");
        (await _api.Post("allocation", new { allocationConstraints = new[] { new { } } })).Fails(
            400,
            "name",
            "allocationConstraints.0.resourceType",
            "allocationConstraints.0.resourceTypeId",
            "allocationConstraints.0.constraintType",
            "allocationConstraints.0.constraintValue");
        foreach (var (field, value) in new (string, JsonNode?)[]
        {
            ("name", "x"), ("name", "x "), ("name", new string('x', 257)), ("name", 1), ("siteId", "s"), ("siteId", Guid.NewGuid().ToString()), ("tenantId", true),
            ("tenantId", Guid.NewGuid().ToString()), ("allocationConstraints", new JsonArray()), ("allocationConstraints", "all"), ("allocationConstraints", new JsonArray(null, null)),
            ("allocationConstraints", new JsonArray((JsonNode?)null)), ("description", 3),
        })
        {
            var order = Json(world.Order(tenantId, root, 24));
            order[field] = value;
            (await _api.Post("allocation", order)).Fails(400, field);
        }

        foreach (var (field, value) in new (string, JsonNode?)[]
        {
            ("resourceType", "Machine"), ("resourceType", ""), ("resourceType", "InstanceType"), ("resourceTypeId", "x"), ("resourceTypeId", Guid.NewGuid().ToString()),
            ("constraintType", "Spot"), ("constraintType", 1), ("constraintValue", 0), ("constraintValue", -8), ("constraintValue", "24"), ("constraintValue", 24.5),
        })
        {
            var order = Json(world.Order(tenantId, root, 24));
            order["allocationConstraints"]![0]![field] = value;
            var key = field == "resourceType" && value!.GetValue<string>() == "InstanceType" ? "resourceTypeId" : field;
            (await _api.Post("allocation", order)).Fails(400, "allocationConstraints.0." + key);
        }

        var two = Json(world.Order(tenantId, root, 24));
        two["allocationConstraints"]!.AsArray().Add(two["allocationConstraints"]![0]!.DeepClone());
        (await _api.Post("allocation", two)).Fails(400, "allocationConstraints");
        foreach (var type in new[] { "OnDemand", "Preemptible" })
        {
            var machines = Json(world.Order(tenantId, root, 2));
            machines["allocationConstraints"]![0]!["resourceType"] = "InstanceType";
            machines["allocationConstraints"]![0]!["constraintType"] = type;
            (await _api.Post("allocation", machines)).Fails(400, "allocationConstraints.0.constraintType");
        }

        Assert.Equal(0, (await _api.Get($"allocation?tenantId={tenantId}")).Total);
        Assert.Equal(0, (await Usage(root))["acquiredPrefixes"].Number());
    }

    [Fact]
    public async Task Only_own_root_blocks_at_the_site_are_given_from()
    {
        var tenant = await world.NewTenant(24);
        (await _api.Post("allocation", With(await world.NewBlock(), tenant.BlockId))).Fails(400, "allocationConstraints.0.resourceTypeId");
        var (stranger, _) = await _host.Provider();
        var foreignSite = (await stranger.Post("site", new { name = "foreign" })).Is(201)["id"].Id();
        var foreign = await Root("10.0.0.0", 16, stranger, foreignSite);
        (await _api.Post("allocation", With(foreign, foreign["id"].Id()))).Fails(400, "allocationConstraints.0.resourceTypeId");
        var secondSite = (await _api.Post("site", new { name = "second-" + Guid.NewGuid() })).Is(201)["id"].Id();
        var elsewhere = await Root("10.0.0.0", 16, _api, secondSite);
        (await _api.Post("allocation", With(elsewhere, elsewhere["id"].Id()))).Fails(400, "allocationConstraints.0.resourceTypeId");
        (await stranger.Post("allocation", world.Order(tenant.Id, await world.NewBlock(), 24))).Fails(400, "siteId");

        JsonObject With(JsonNode block, Guid id)
        {
            var order = Json(world.Order(tenant.Id, block, 26));
            order["allocationConstraints"]![0]!["resourceTypeId"] = id.ToString();
            return order;
        }
    }

    [Fact]
    public async Task Roles_and_sides_decide_who_sees_and_does_what()
    {
        var account = await _host.ServiceAccount();
        var tenant = await world.NewTenant(24);
        var own = (await _host.ServiceAccount()).Client;
        var allocation = tenant.AllocationId;
        var viewer = _host.As(_api.Org, "PROVIDER_VIEWER");
        (await viewer.Get($"allocation/{allocation}")).Is(200);
        (await viewer.Delete($"allocation/{allocation}")).Is(403);
        (await tenant.Client.Delete($"allocation/{allocation}")).Is(403);
        (await viewer.Post("allocation", world.Order(tenant.Id, await world.NewBlock(), 24))).Is(403);
        (await account.Client.Get($"allocation/{allocation}")).Is(404);
        (await account.Client.Delete($"allocation/{allocation}")).Is(404);
        (await account.Client.Get("allocation")).Is(200);
        Assert.Equal(0, (await account.Client.Get("allocation")).Total);
        Assert.Equal(0, (await own.Get($"allocation?id={allocation}")).Total);
        (await _host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Get("allocation")).Is(400);
        (await _host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Post("allocation", world.Order(tenant.Id, await world.NewBlock(), 24))).Is(400);
        (await _api.Get($"allocation/{Guid.NewGuid()}")).Is(404);
        (await _api.Get("allocation/x")).Fails(400, "allocationId");
        (await _api.Delete("allocation/x")).Fails(400, "allocationId");
        (await _api.Get($"allocation/{allocation}?includeRelation=Vpc")).Fails(400, "includeRelation");
        (await tenant.Client.Get($"allocation/{allocation}")).Is(200);
    }

    [Fact]
    public async Task A_caller_of_both_sides_sees_each_allocation_once()
    {
        var account = await _host.ServiceAccount();
        await using var site = await _host.Site(account.Org);
        var root = await Root("10.0.0.0", 16, account.Client, site.Id);
        var (_, otherId) = await _host.Tenant();
        var own = await Give(account.TenantId);
        var others = await Give(otherId);
        var received = await world.Allocate(account.TenantId, await world.NewBlock(), 24);
        Assert.Equal([own, others, received["id"].Id()], (await account.Client.Get("allocation")).Items().Ids());
        Assert.Equal([own, others], (await _host.As(account.Org, "PROVIDER_ADMIN").Get("allocation")).Items().Ids());
        Assert.Equal([own, received["id"].Id()], (await _host.As(account.Org, "TENANT_ADMIN").Get("allocation")).Items().Ids());
        Assert.Equal([others], (await account.Client.Get($"allocation?tenantId={otherId}")).Items().Ids());
        Assert.Equal([own, received["id"].Id()], (await _host.As(account.Org, "TENANT_ADMIN").Get($"allocation?tenantId={otherId}")).Items().Ids());

        async Task<Guid> Give(Guid tenant)
        {
            var order = Json(world.Order(tenant, root, 24));
            order["siteId"] = site.Id.ToString();
            return (await account.Client.Post("allocation", order)).Is(201)["id"].Id();
        }
    }

    [Fact]
    public async Task A_list_is_filtered_searched_ordered_and_embeds()
    {
        var (tenant, tenantId) = await _host.Tenant();
        var (block24, block20) = (await world.NewBlock(), await world.NewBlock());
        var (a, b, c) = (await Give("alpha 50%", block24, 24, "Reserved"), await Give("beta", block20, 20, "OnDemand"), await Give("gamma_x", block24, 26, "Preemptible"));
        foreach (var (query, expected) in new (string, string[])[]
        {
            ("", [a, b, c]), ($"id={a}", [a]), ($"id={a}&id={c}&id={Guid.NewGuid()}", [a, c]), ($"siteId={world.SiteId}&siteId={world.SiteId}", [a, b, c]),
            ("status=Registered&status=Error", [a, b, c]), ("status=Pending", []), ("resourceType=IPBlock", [a, b, c]), ("resourceType=InstanceType", []),
            ("resourceType=InstanceType&resourceType=IPBlock", [a, b, c]), ($"resourceTypeId={block24["id"]}", [a, c]), ($"resourceTypeId={block24["id"]}&resourceTypeId={block20["id"]}", [a, b, c]),
            ("constraintType=Reserved", [a]), ("constraintType=Reserved&constraintType=Preemptible", [a, c]), ("constraintValue=24", [a]), ("constraintValue=24&constraintValue=26", [a, c]),
            ("constraintValue=24&constraintType=OnDemand", []), ("query=alpha", [a]), ("query=alpha+beta", [a, b]), ("query=alpha+%26+beta", []), ("query=%25", [a]), ("query=_", [c]),
            ("query=REGIST", [a, b, c]), ("query=a%3Ab%7C", []), ("orderBy=NAME_DESC", [c, b, a]), ("orderBy=CONSTRAINT_VALUE_ASC", [b, a, c]), ("orderBy=CONSTRAINT_VALUE_DESC", [c, a, b]),
            ("orderBy=IP_BLOCK_NAME_ASC", ByBlock()), ("orderBy=INSTANCE_TYPE_NAME_ASC", [a, b, c]), ("orderBy=STATUS_DESC", [a, b, c]), ("orderBy=CREATED_DESC", [c, b, a]),
            ("orderBy=UPDATED_DESC", [c, b, a]), ("pageSize=1&pageNumber=2", [b]), ($"infrastructureProviderId={Guid.NewGuid()}", [a, b, c]),
        })
        {
            var answer = await tenant.Get("allocation?" + query);
            Assert.True(expected.SequenceEqual(answer.Items().Select(item => item!["id"].Text())), $"{query}: {answer}");
        }

        Assert.Equal([a, b, c], (await _api.Get($"allocation?tenantId={tenantId}")).Items().Select(item => item!["id"].Text()));
        foreach (var (query, field) in new[]
        {
            ("id=x", "id"), ("siteId=x", "siteId"), ($"siteId={Guid.NewGuid()}", "siteId"), ("status=Bogus", "status"), ("status=", "status"), ("resourceType=Machine", "resourceType"),
            ("resourceTypeId=x", "resourceTypeId"), ("constraintType=x", "constraintType"), ("constraintValue=x", "constraintValue"), ("tenantId=x", "tenantId"),
            ("orderBy=SITE_ASC", "OrderByStr"), ("includeRelation=IpBlock", "includeRelation"), ("pageSize=101", "PageSize"),
        })
        {
            (await _api.Get("allocation?" + query)).Fails(400, field);
        }

        var bySite = (await tenant.Get("allocation?orderBy=SITE_NAME_ASC")).Items();
        Assert.Equal(world.SiteId, bySite[0]!["site"]!["id"].Id());
        Assert.False(bySite[0]!.AsObject().ContainsKey("tenant"));
        var byTenant = (await tenant.Get("allocation?orderBy=TENANT_ORG_DISPLAY_NAME_DESC")).Items();
        Assert.Equal(tenantId, byTenant[0]!["tenant"]!["id"].Id());
        var related = (await tenant.Get($"allocation/{a}?includeRelation=Site&includeRelation=Tenant&includeRelation=InfrastructureProvider")).Is(200);
        Assert.Equal(world.SiteId, related["site"]!["id"].Id());
        Assert.Equal(world.ProviderId, related["infrastructureProvider"]!["id"].Id());
        Assert.Equal(tenant.Org, related["tenant"]!["org"].Text());

        async Task<string> Give(string name, JsonNode block, int length, string firmness)
        {
            var order = Json(world.Order(tenantId, block, length, name));
            order["allocationConstraints"]![0]!["constraintType"] = firmness;
            return (await _api.Post("allocation", order)).Is(201)["id"].Text();
        }

        string[] ByBlock() => string.CompareOrdinal(block24["name"].Text(), block20["name"].Text()) < 0 ? [a, c, b] : [b, a, c];
    }

    [Fact]
    public async Task A_deleted_allocation_leaves_nothing_and_its_space_is_free()
    {
        var (tenant, tenantId) = await _host.Tenant();
        var root = await world.NewBlock();
        var allocation = await world.Allocate(tenantId, root, 24);
        Assert.Equal("Deletion request was accepted", (await _api.Delete($"allocation/{allocation["id"]}")).Is(202)["message"].Text());
        (await _api.Get($"allocation/{allocation["id"]}")).Is(404);
        (await _api.Delete($"allocation/{allocation["id"]}")).Is(404);
        (await tenant.Get($"ipblock/{allocation["allocationConstraints"]![0]!["derivedResourceId"]}")).Is(404);
        Assert.Equal(0, (await Usage(root))["acquiredPrefixes"].Number());
        Assert.Equal(0, await world.Read<int>(
            "select count(*)::integer from compute.status_history where resource_id = @id", new { id = allocation["id"].Text() }));
        Assert.Equal(0, await world.Read<int>(
            "select count(*)::integer from compute.allocation_constraint where allocation_id = @id", new { id = allocation["id"].Id() }));
    }

    [Fact]
    public async Task What_is_in_use_is_not_taken_back()
    {
        var tenant = await world.NewTenant(24);
        var prefix = await tenant.NewPrefix(await tenant.NewVpc(), 26);
        var subnet = await tenant.NewSubnet(await tenant.NewVpc("ETHERNET_VIRTUALIZER"), 26);
        (await _api.Delete($"allocation/{tenant.AllocationId}")).Is(400);
        (await tenant.Client.Delete($"vpc-prefix/{prefix["id"]}")).Is(204);
        await tenant.Client.Gone($"vpc-prefix/{prefix["id"]}");
        (await _api.Delete($"allocation/{tenant.AllocationId}")).Is(400);
        (await tenant.Client.Delete($"subnet/{subnet["id"]}")).Is(204);
        await tenant.Client.Gone($"subnet/{subnet["id"]}");
        (await _api.Delete($"allocation/{tenant.AllocationId}")).Is(202);
    }

    [Fact]
    public async Task A_network_never_outlives_its_block()
    {
        for (var i = 0; i < 8; i++)
        {
            var tenant = await world.NewTenant(24);
            var vpc = await tenant.NewVpc(i % 2 == 0 ? "FNN" : "ETHERNET_VIRTUALIZER");
            var (made, deleted) = (
                i % 2 == 0 ? tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc)) : tenant.Client.Post("subnet", tenant.SubnetOrder(vpc)),
                _api.Delete($"allocation/{tenant.AllocationId}"));
            var outcome = ((await made).Status, (await deleted).Status);
            Assert.True(outcome is (201, 400) or (400, 202), $"{outcome}: {await made} {await deleted}");
            Assert.Equal(outcome.Item1 == 201 ? 200 : 404, (await _api.Get($"ipblock/{tenant.BlockId}")).Status);
        }
    }

    [Fact]
    public async Task The_tenants_networks_may_stay_without_an_allocation_and_can_go()
    {
        var tenant = await world.NewTenant(24);
        var vpc = await tenant.NewVpc();
        (await _api.Delete($"allocation/{tenant.AllocationId}")).Is(202);
        (await tenant.Client.Get($"vpc/{vpc["id"]}")).Is(200);
        (await tenant.Client.Post("vpc", tenant.VpcOrder())).Fails(400, "siteId");
        (await tenant.Client.Delete($"vpc/{vpc["id"]}")).Is(202);
        await tenant.Client.Gone($"vpc/{vpc["id"]}");
    }

    private static JsonObject Json(object value) => JsonSerializer.SerializeToNode(value)!.AsObject();

    private static string[] Free(JsonNode usage) => [.. usage["availablePrefixes"]!.AsArray().Select(cidr => cidr.Text())];

    private static (uint First, uint Size) Part(string cidr)
    {
        var parts = cidr.Split('/');
        var bytes = System.Net.IPAddress.Parse(parts[0]).GetAddressBytes();
        return (((uint)bytes[0] << 24) | ((uint)bytes[1] << 16) | ((uint)bytes[2] << 8) | bytes[3], 1u << (32 - int.Parse(parts[1])));
    }

    private static void Apart((uint First, uint Size)[] parts)
    {
        var ordered = parts.OrderBy(part => part.First).ToArray();
        Assert.All(ordered.Zip(ordered.Skip(1)), pair => Assert.True(pair.First.First + pair.First.Size <= pair.Second.First));
    }

    private Task<JsonNode> Root(string prefix, int length) => Root(prefix, length, _api, world.SiteId);

    /// <summary>A block with a routing type of its own, so that its addresses may be those of an example.</summary>
    private static async Task<JsonNode> Root(string prefix, int length, ApiClient provider, Guid site) => (await provider.Post("ipblock", new
    {
        name = "root-" + Guid.NewGuid(),
        siteId = site,
        routingType = "Public",
        prefix,
        prefixLength = length,
        protocolVersion = prefix.Contains(':') ? "IPv6" : "IPv4",
    })).Is(201);

    private async Task<JsonNode> Usage(JsonNode block) => (await _api.Get($"ipblock/{block["id"]}?includeUsageStats=true")).Is(200)["usageStats"]!;

    /// <summary>The network of the block that an allocation made.</summary>
    private async Task<string> Cidr(JsonNode allocation)
    {
        var block = (await _api.Get($"ipblock/{allocation["allocationConstraints"]![0]!["derivedResourceId"]}")).Is(200);
        return $"{block["prefix"]}/{block["prefixLength"]}";
    }
}
