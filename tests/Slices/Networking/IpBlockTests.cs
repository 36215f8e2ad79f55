using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>IP blocks: spec/20-ip-and-allocation.md, sections 5 and 9. Every test has a provider and sites of its own.</summary>
public sealed class IpBlockTests(TestHost host)
{
    [Fact]
    public async Task A_block_is_ready_at_once()
    {
        var (api, provider) = await host.Provider();
        var site = await Site(api);
        var block = (await api.Post("ipblock", Order(site) with { Description = "the pool" })).Is(201);
        Assert.Equal("192.168.0.0", block["prefix"].Text());
        Assert.Equal(24, block["prefixLength"].Number());
        Assert.Equal("IPv4", block["protocolVersion"].Text());
        Assert.Equal("Public", block["routingType"].Text());
        Assert.Equal("the pool", block["description"].Text());
        Assert.Equal(provider, block["infrastructureProviderId"].Id());
        Assert.Equal(site, block["siteId"].Id());
        Assert.Null(block["tenantId"]);
        Assert.Equal("Ready", block["status"].Text());
        Assert.Equal(["Ready"], block.Statuses());
        Assert.False(block.AsObject().ContainsKey("usageStats"));
        Assert.False(block.AsObject().ContainsKey("site"));
        Assert.Equal(block.ToJsonString(), (await api.Get($"ipblock/{block["id"]}")).Is(200).ToJsonString());
    }

    [Theory]
    [InlineData("10.0.0.0", 1, false)]
    [InlineData("128.0.0.0", 1, true)]
    [InlineData("10.1.2.3", 32, true)]
    [InlineData("0.0.0.0", 8, true)]
    [InlineData("2001:db8::", 32, true)]
    [InlineData("2001:db8::5efe:102:304", 128, true)]
    [InlineData("2001:db8:0:1:1:1:1:1", 128, true)]
    [InlineData("2001:0:0:1::", 64, true)]
    [InlineData("::1", 128, true)]
    [InlineData("8000::", 1, true)]
    [InlineData("::", 1, true)]
    [InlineData("192.168.0.1", 24, false)]
    [InlineData("100.100.1.0", 23, false)]
    [InlineData("192.168.0", 24, false)]
    [InlineData("192.168.00.0", 24, false)]
    [InlineData("192.168.0.0/24", 24, false)]
    [InlineData("0x0a.0.0.0", 8, false)]
    [InlineData("nonsense", 24, false)]
    [InlineData("", 24, false)]
    [InlineData(" 10.0.0.0", 24, false)]
    [InlineData("2001:DB8::", 32, false)]
    [InlineData("2001:db8:0:0::", 32, false)]
    [InlineData("2001:db8:0::1:1:1:1:1", 128, false)]
    [InlineData("2001:db8::5efe:1.2.3.4", 128, false)]
    [InlineData("fe80::1%1", 128, false)]
    [InlineData("2001:db8::1", 64, false)]
    public async Task A_prefix_is_a_network_address_in_its_usual_spelling(string prefix, int length, bool isFine)
    {
        var (api, _) = await host.Provider();
        var order = Order(await Site(api)) with { Prefix = prefix, PrefixLength = length, ProtocolVersion = prefix.Contains(':') ? "IPv6" : "IPv4" };
        if (!isFine)
        {
            (await api.Post("ipblock", order)).Fails(400, "prefix");
            Assert.Empty((await api.Get("ipblock")).Items());
            return;
        }

        var block = (await api.Post("ipblock", order)).Is(201);
        Assert.Equal(prefix, block["prefix"].Text());
        var read = (await api.Get($"ipblock/{block["id"]}?includeUsageStats=true")).Is(200);
        Assert.Equal(prefix, read["prefix"].Text());
        Assert.Equal(0, read["usageStats"]!["acquiredPrefixes"].Number());
    }

    [Fact]
    public async Task Every_wrong_field_is_named_and_nothing_is_made()
    {
        var (api, _) = await host.Provider();
        var site = await Site(api);
        (await api.Post("ipblock", new { })).Fails(400, "name", "siteId", "routingType", "protocolVersion", "prefixLength", "prefix");
        (await api.Post("ipblock")).Fails(400, "name");
        Assert.Null((await api.Raw(HttpMethod.Post, "ipblock", "{")).Is(400)["data"]);
        foreach (var (field, value) in new (string, JsonNode?)[]
        {
            ("name", "x"), ("name", " pool"), ("name", "pool\n"), ("name", ""), ("name", new string('x', 257)), ("name", 5),
            ("siteId", "nonsense"), ("siteId", ""), ("siteId", site.ToString().ToUpperInvariant()), ("siteId", Guid.NewGuid().ToString()),
            ("routingType", "Private"), ("routingType", ""), ("routingType", 0),
            ("protocolVersion", "IPv5"), ("protocolVersion", "IPv6"),
            ("prefixLength", 0), ("prefixLength", -1), ("prefixLength", 33), ("prefixLength", 24.5), ("prefixLength", "24"), ("prefixLength", 4294967320L),
            ("description", 7), ("description", new JsonArray()),
        })
        {
            var order = Json(Order(site));
            order[field] = value;
            var error = (await api.Post("ipblock", order)).Is(400);
            Assert.True(error["data"]?[field == "protocolVersion" && value?.GetValue<string>() == "IPv6" ? "prefix" : field] is not null, $"{field} {value}: {error}");
        }

        var ipv6 = Order(site) with { Prefix = "2001:db8::", ProtocolVersion = "IPv6" };
        (await api.Post("ipblock", ipv6 with { PrefixLength = 129 })).Fails(400, "prefixLength");
        (await api.Post("ipblock", ipv6 with { PrefixLength = 0 })).Fails(400, "prefixLength");
        (await api.Post("ipblock", ipv6 with { ProtocolVersion = "IPv4" })).Fails(400, "prefix");
        Assert.Equal(0, (await api.Get("ipblock")).Total);
    }

    [Fact]
    public async Task Blocks_of_a_routing_type_at_a_site_never_overlap()
    {
        var (api, _) = await host.Provider();
        var site = await Site(api);
        (await api.Post("ipblock", Order(site) with { Prefix = "192.168.0.0", PrefixLength = 24 })).Is(201);
        foreach (var (prefix, length) in new[] { ("192.168.0.0", 24), ("192.168.0.0", 15), ("192.168.0.32", 27), ("128.0.0.0", 1) })
        {
            var error = (await api.Post("ipblock", Order(site) with { Name = "other", Prefix = prefix, PrefixLength = length })).Is(409);
            Assert.Null(error["data"]);
        }

        (await api.Post("ipblock", Order(site) with { Name = "next", Prefix = "192.168.1.0" })).Is(201);
        (await api.Post("ipblock", Order(site) with { Name = "inside", RoutingType = "DatacenterOnly" })).Is(201);
        (await api.Post("ipblock", Order(site) with { Name = "v6", Prefix = "::c0a8:0", PrefixLength = 120, ProtocolVersion = "IPv6" })).Is(201);
        (await api.Post("ipblock", Order(await Site(api, "second")))).Is(201);
        var (other, _) = await host.Provider();
        (await other.Post("ipblock", Order(await Site(other)))).Is(201);
    }

    [Fact]
    public async Task A_name_is_taken_once_a_site()
    {
        var (api, _) = await host.Provider();
        var site = await Site(api);
        var first = (await api.Post("ipblock", Order(site))).Is(201);
        (await api.Post("ipblock", Order(site) with { Prefix = "10.0.0.0" })).ConflictsWith(first["id"]);
        (await api.Post("ipblock", Order(site))).ConflictsWith(first["id"]);
        (await api.Post("ipblock", Order(site) with { Name = "Pool", Prefix = "10.0.0.0" })).Is(201);
        (await api.Post("ipblock", Order(await Site(api, "second")))).Is(201);
    }

    [Fact]
    public async Task Parallel_orders_have_one_winner()
    {
        var (api, _) = await host.Provider();
        var site = await Site(api);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            api.Post("ipblock", Order(site) with { Prefix = $"10.{i}.0.0", PrefixLength = 16 })));
        var winner = Assert.Single(answers, answer => answer.Status == 201).Is(201);
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.ConflictsWith(winner["id"]));

        answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            api.Post("ipblock", Order(site) with { Name = $"overlap-{i}", Prefix = "172.16.0.0", PrefixLength = 12 + i })));
        Assert.Single(answers, answer => answer.Status == 201);
        Assert.Equal(11, answers.Count(answer => answer.Status == 409));
    }

    [Fact]
    public async Task Only_a_provider_makes_blocks_and_only_at_its_own_sites()
    {
        var (api, _) = await host.Provider();
        var site = await Site(api);
        (await host.As(api.Org, "PROVIDER_VIEWER").Post("ipblock", Order(site))).Is(403);
        (await host.As(api.Org, "TENANT_ADMIN").Post("ipblock", Order(site))).Is(403);
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Post("ipblock", Order(site))).Is(400);
        var (stranger, _) = await host.Provider();
        var foreign = (await stranger.Post("ipblock", Order(site))).Fails(400, "siteId");
        var unknown = (await stranger.Post("ipblock", Order(Guid.NewGuid()))).Fails(400, "siteId");
        Assert.Equal(Shape(unknown), Shape(foreign));
        Assert.Equal(0, (await api.Get("ipblock")).Total);

        static string Shape(JsonNode error) => string.Concat(error.ToJsonString().Where(c => !char.IsAsciiHexDigit(c) && c != '-'));
    }

    [Fact]
    public async Task Each_side_sees_its_own_blocks()
    {
        var account = await host.ServiceAccount();
        var api = account.Client;
        var site = await Site(api);
        var root = (await api.Post("ipblock", Order(site) with { PrefixLength = 24 })).Is(201);
        var (tenant, tenantId) = await host.Tenant();
        var own = await Grant(api, site, account.TenantId, root, 25);
        var others = await Grant(api, site, tenantId, root, 26);
        var provider = host.As(account.Org, "PROVIDER_ADMIN");
        var viewer = host.As(account.Org, "PROVIDER_VIEWER");
        var ownTenant = host.As(account.Org, "TENANT_ADMIN");
        var (stranger, _) = await host.Provider();
        var (strangeTenant, _) = await host.Tenant();

        Assert.Equal([root["id"].Id()], (await provider.Get("ipblock")).Items().Ids());
        Assert.Equal([root["id"].Id()], (await viewer.Get("ipblock")).Items().Ids());
        Assert.Equal([own], (await ownTenant.Get("ipblock")).Items().Ids());
        Assert.Equal([root["id"].Id(), own], (await api.Get("ipblock")).Items().Ids());
        Assert.Equal(2, (await api.Get("ipblock?pageSize=1")).Total);
        Assert.Equal([others], (await tenant.Get("ipblock")).Items().Ids());
        Assert.Empty((await stranger.Get("ipblock")).Items());
        Assert.Empty((await strangeTenant.Get("ipblock")).Items());

        foreach (var (client, block, status) in new[]
        {
            (provider, root["id"].Id(), 200), (provider, own, 200), (provider, others, 200), (viewer, others, 200),
            (ownTenant, root["id"].Id(), 404), (ownTenant, own, 200), (ownTenant, others, 404),
            (api, root["id"].Id(), 200), (api, own, 200), (api, others, 200),
            (tenant, root["id"].Id(), 404), (tenant, own, 404), (tenant, others, 200),
            (stranger, root["id"].Id(), 404), (stranger, others, 404), (strangeTenant, others, 404), (provider, Guid.NewGuid(), 404),
        })
        {
            (await client.Get($"ipblock/{block}")).Is(status);
        }

        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("ipblock")).Is(400);
        (await host.As(account.Org).Get("ipblock")).Is(403);
        (await provider.Get("ipblock/nonsense")).Fails(400, "ipBlockId");
        var derived = (await tenant.Get($"ipblock/{others}")).Is(200);
        Assert.Equal(tenantId, derived["tenantId"].Id());
        Assert.Equal("192.168.0.128", derived["prefix"].Text());
        Assert.Equal(26, derived["prefixLength"].Number());
        Assert.Equal(["Ready"], derived.Statuses());
    }

    [Fact]
    public async Task A_list_is_filtered_searched_ordered_and_paged()
    {
        var (api, providerId) = await host.Provider();
        var (first, second) = (await Site(api), await Site(api, "second"));
        foreach (var (site, name, description, prefix) in new[]
        {
            (first, "alpha", "running addresses", "192.168.0.0"), (first, "beta 100%", "snake_case", "10.0.0.0"), (second, "gamma", "it's (odd) & a:b", "9.0.0.0"),
        })
        {
            (await api.Post("ipblock", Order(site) with { Name = name, Description = description, Prefix = prefix })).Is(201);
        }

        foreach (var (query, names) in new (string, string[])[]
        {
            ($"siteId={first}", ["alpha", "beta 100%"]), ($"siteId={second}&status=Ready", ["gamma"]), ("status=Error", []), ("status=", ["alpha", "beta 100%", "gamma"]),
            ($"infrastructureProviderId={Guid.NewGuid()}", ["alpha", "beta 100%", "gamma"]),
            ("query=run", ["alpha"]), ("query=addresses+odd", ["alpha", "gamma"]), ("query=alpha+%7C+gamma", ["alpha", "gamma"]), ("query=alpha+%26+addresses", ["alpha"]),
            ("query=alpha+%26+gamma", []), ("query=LPH", ["alpha"]), ("query=%25", ["beta 100%"]), ("query=_", ["beta 100%"]), ("query=a:b", ["gamma"]),
            ("query=(odd)", ["gamma"]), ("query=it%27s", ["gamma"]), ("query=%26", ["gamma"]), ("query=!alpha", ["alpha"]), ("query=%3C-%3E", []), ("query=%5C", []),
            ("query=alpha%3A*", ["alpha"]), ("query=%27", ["gamma"]), ("query=++", ["alpha", "beta 100%", "gamma"]), ("query=ready", ["alpha", "beta 100%", "gamma"]),
            ("query=%7C+alpha", ["alpha"]), ("query=alpha+%7C%7C+nothing", ["alpha"]), ("query=nothing", []), ("query=%00alpha", null!),
            ("orderBy=NAME_DESC", ["gamma", "beta 100%", "alpha"]), ("orderBy=CREATED_DESC", ["gamma", "beta 100%", "alpha"]), ("orderBy=UPDATED_ASC", ["alpha", "beta 100%", "gamma"]),
            ("orderBy=STATUS_ASC", ["alpha", "beta 100%", "gamma"]), ("pageSize=2&pageNumber=2", ["gamma"]), ("pageSize=0&pageNumber=0", ["alpha", "beta 100%", "gamma"]), ("pageNumber=9", []),
        })
        {
            var answer = await api.Get("ipblock?" + query);
            if (names is null)
            {
                Assert.True(answer.Status is 200 or 400, answer.ToString());
                continue;
            }

            Assert.True(names.SequenceEqual(answer.Items().Names()), $"{query}: {answer}");
        }

        // Prefixes are ordered as text, as the reference has them.
        Assert.Equal(["beta 100%", "alpha", "gamma"], (await api.Get("ipblock?orderBy=PREFIX_ASC")).Items().Names());
        Assert.Equal("""{"pageNumber":2,"pageSize":1,"total":3,"orderBy":"NAME_ASC"}""", (await api.Get("ipblock?pageSize=1&pageNumber=2&orderBy=NAME_ASC")).Pagination.ToJsonString());

        foreach (var (query, field) in new[]
        {
            ("siteId=nonsense", "siteId"), ($"siteId={Guid.NewGuid()}", "siteId"), ("status=Bogus", "status"), ("pageSize=101", "PageSize"), ("pageNumber=-1", "PageNumber"),
            ("pageSize=many", "PageSize"), ("orderBy=SITE_ASC", "OrderByStr"), ("orderBy=name_asc", "OrderByStr"), ("orderBy=", "OrderByStr"), ("includeRelation=Vpc", "includeRelation"),
            ("includeRelation=", "includeRelation"), ("includeUsageStats=maybe", "includeUsageStats"),
        })
        {
            (await api.Get("ipblock?" + query)).Fails(400, field);
        }

        var (stranger, _) = await host.Provider();
        (await stranger.Get($"ipblock?siteId={first}")).Fails(400, "siteId");
        var related = (await api.Get("ipblock?pageSize=1&includeRelation=Site&includeRelation=InfrastructureProvider&includeRelation=Tenant&includeUsageStats=T")).Items()[0]!;
        Assert.Equal(first, related["site"]!["id"].Id());
        Assert.Equal(providerId, related["infrastructureProvider"]!["id"].Id());
        Assert.False(related.AsObject().ContainsKey("tenant"));
        Assert.Equal(256, related["usageStats"]!["availableIPs"].Number());
    }

    [Fact]
    public async Task A_derived_block_embeds_its_tenant()
    {
        var account = await host.ServiceAccount();
        var site = await Site(account.Client);
        var root = (await account.Client.Post("ipblock", Order(site))).Is(201);
        var derived = await Grant(account.Client, site, account.TenantId, root, 26);
        var read = (await account.Client.Get($"ipblock/{derived}?includeRelation=Tenant&includeRelation=Site&includeRelation=InfrastructureProvider")).Is(200);
        Assert.Equal(account.TenantId, read["tenant"]!["id"].Id());
        Assert.Equal(account.ProviderId, read["infrastructureProvider"]!["id"].Id());
        Assert.Equal(site, read["site"]!["id"].Id());
        (await account.Client.Get($"ipblock/{derived}?includeRelation=Nope")).Fails(400, "includeRelation");
        (await account.Client.Get($"ipblock/{derived}?includeUsageStats=maybe")).Fails(400, "includeUsageStats");
    }

    [Theory]
    [InlineData("192.168.20.0", 24, new int[0], 256, 2, new[] { "192.168.20.0/24" }, 64)]
    [InlineData("192.168.20.0", 24, new[] { 27 }, 256, 2, new[] { "192.168.20.32/27", "192.168.20.64/26", "192.168.20.128/25" }, 56)]
    [InlineData("192.168.0.0", 20, new int[0], 4096, 2, new[] { "192.168.0.0/20" }, 1024)]
    [InlineData("192.168.0.0", 20, new[] { 22 }, 4096, 2, new[] { "192.168.4.0/22", "192.168.8.0/21" }, 768)]
    [InlineData("192.168.0.0", 20, new[] { 22, 22 }, 4096, 2, new[] { "192.168.8.0/21" }, 512)]
    [InlineData("10.0.0.0", 30, new[] { 31 }, 4, 2, new string[0], 0)]
    [InlineData("10.0.0.1", 32, new int[0], 1, 1, new string[0], 0)]
    [InlineData("0.0.0.0", 1, new int[0], int.MaxValue, 2, new[] { "0.0.0.0/1" }, 536870912)]
    [InlineData("255.255.255.0", 24, new[] { 25, 25 }, 256, 2, new string[0], 0)]
    [InlineData("2001:db8:85a3::", 120, new int[0], 256, 1, new[] { "2001:db8:85a3::/120" }, 64)]
    [InlineData("2001:aabb::", 48, new[] { 64, 72 }, int.MaxValue, 1, null, int.MaxValue)]
    [InlineData("8000::", 1, new[] { 128 }, int.MaxValue, 1, null, int.MaxValue)]
    public async Task Usage_is_counted(string prefix, int length, int[] carved, int addresses, int acquired, string[]? free, int smallest)
    {
        var account = await host.ServiceAccount();
        var site = await Site(account.Client);
        var protocol = prefix.Contains(':') ? "IPv6" : "IPv4";
        var root = (await account.Client.Post("ipblock", Order(site) with { Prefix = prefix, PrefixLength = length, ProtocolVersion = protocol })).Is(201);
        foreach (var part in carved)
        {
            await Grant(account.Client, site, account.TenantId, root, part);
        }

        var usage = (await account.Client.Get($"ipblock/{root["id"]}?includeUsageStats=true")).Is(200)["usageStats"]!;
        Assert.Equal(addresses, usage["availableIPs"].Number());
        Assert.Equal(acquired, usage["acquiredIPs"].Number());
        Assert.Equal(smallest, usage["availableSmallestPrefixes"].Number());
        Assert.Equal(carved.Length, usage["acquiredPrefixes"].Number());
        if (free is not null)
        {
            Assert.Equal(free, usage["availablePrefixes"]!.AsArray().Select(cidr => cidr.Text()));
        }
    }

    [Fact]
    public async Task A_block_that_was_given_away_whole_has_nothing_left()
    {
        var account = await host.ServiceAccount();
        var site = await Site(account.Client);
        var root = (await account.Client.Post("ipblock", Order(site))).Is(201);
        var derived = await Grant(account.Client, site, account.TenantId, root, 24);
        foreach (var usage in new[]
        {
            (await account.Client.Get($"ipblock/{root["id"]}?includeUsageStats=true")).Is(200)["usageStats"]!,
            (await account.Client.Get("ipblock?includeUsageStats=1")).Items()[0]!["usageStats"]!,
        })
        {
            Assert.Equal(
                """{"availableIPs":0,"acquiredIPs":0,"availablePrefixes":[],"availableSmallestPrefixes":0,"acquiredPrefixes":1}""", usage.ToJsonString());
        }

        Assert.Equal(256, (await account.Client.Get($"ipblock/{derived}?includeUsageStats=true")).Is(200)["usageStats"]!["availableIPs"].Number());
    }

    private static JsonObject Json(object value) => System.Text.Json.JsonSerializer.SerializeToNode(value, System.Text.Json.JsonSerializerOptions.Web)!.AsObject();

    private static async Task<Guid> Site(ApiClient api, string name = "site") => (await api.Post("site", new { name })).Is(201)["id"].Id();

    private static BlockOrder Order(Guid site) => new("pool", null, site, "Public", "192.168.0.0", 24, "IPv4");

    /// <summary>Gives the tenant a part of the block; the id of the tenant's block.</summary>
    private static async Task<Guid> Grant(ApiClient api, Guid site, Guid tenant, JsonNode block, int length) => (await api.Post("allocation", new
    {
        name = "allocation-" + Guid.NewGuid(),
        siteId = site,
        tenantId = tenant,
        allocationConstraints = new[] { new { resourceType = "IPBlock", resourceTypeId = block["id"].Id(), constraintType = "OnDemand", constraintValue = length } },
    })).Is(201)["allocationConstraints"]![0]!["derivedResourceId"].Id();

    private sealed record BlockOrder(string Name, string? Description, Guid SiteId, string RoutingType, string Prefix, int PrefixLength, string ProtocolVersion);
}
