using System.Text.Json;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>VPC prefixes as their tenant sees them: spec/21-vpc.md, sections 5 and 8.</summary>
public sealed class VpcPrefixTests(NetworkWorld world) : IClassFixture<NetworkWorld>
{
    private readonly TestHost _host = world.Host;

    [Fact]
    public async Task A_prefix_is_carved_and_its_site_has_it()
    {
        var tenant = await world.NewTenant();
        var vpc = await tenant.NewVpc();
        var prefix = await tenant.NewPrefix(vpc, 24, "first");
        var network = (await tenant.Client.Get($"ipblock/{tenant.BlockId}")).Is(200)["prefix"].Text();
        Assert.Equal($"{network}/24", prefix["prefix"].Text());
        Assert.Equal(24, prefix["prefixLength"].Number());
        Assert.Equal(vpc["id"].Id(), prefix["vpcId"].Id());
        Assert.Equal(tenant.BlockId, prefix["ipBlockId"].Id());
        Assert.Equal(tenant.Id, prefix["tenantId"].Id());
        Assert.Equal(world.SiteId, prefix["siteId"].Id());
        Assert.Equal("Ready", prefix["status"].Text());
        Assert.Equal(["Ready"], prefix.Statuses());
        Assert.Equal(prefix.ToJsonString(), (await tenant.Client.Get($"vpc-prefix/{prefix["id"]}")).Is(200).ToJsonString());
        var real = world.Simulated.VpcPrefix(prefix["id"].Text())!;
        Assert.Equal(prefix["prefix"].Text(), real.Config.Prefix);
        Assert.Equal(vpc["id"].Text(), real.VpcId.Value);
        Assert.Equal("first", real.Metadata.Name);
        Assert.Equal(1, (await tenant.Usage())["acquiredPrefixes"].Number());
    }

    [Theory]
    [InlineData(8, 201)]
    [InlineData(31, 201)]
    [InlineData(7, 400)]
    [InlineData(32, 400)]
    [InlineData(0, 400)]
    [InlineData(-24, 400)]
    [InlineData(280, 400)]
    public async Task A_prefix_is_8_to_31_bits_long(int length, int status)
    {
        var (provider, _) = await _host.Provider();
        await using var site = await _host.Site(provider.Org);
        await provider.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        var (tenant, tenantId) = await _host.Tenant();
        var block = (await provider.Post("ipblock", new
        {
            name = "ten",
            siteId = site.Id,
            routingType = "Public",
            prefix = "10.0.0.0",
            prefixLength = 8,
            protocolVersion = "IPv4",
        })).Is(201);
        var order = JsonSerializer.SerializeToNode(world.Order(tenantId, block, 8))!;
        order["siteId"] = site.Id.ToString();
        var derived = (await provider.Post("allocation", order)).Is(201)["allocationConstraints"]![0]!["derivedResourceId"].Id();
        var vpc = (await tenant.Post("vpc", new { name = "vpc", siteId = site.Id })).Is(201);
        var answer = await tenant.Post("vpc-prefix", new { name = "prefix", vpcId = vpc["id"].Id(), ipBlockId = derived, prefixLength = length });
        answer.Is(status);
        if (status == 400)
        {
            answer.Fails(400, "prefixLength");
        }
        else
        {
            Assert.Equal($"10.0.0.0/{length}", answer.Json!["prefix"].Text());
        }
    }

    [Fact]
    public async Task A_block_is_taken_whole_or_in_parts()
    {
        var tenant = await world.NewTenant(24);
        var vpc = await tenant.NewVpc();
        var whole = await tenant.NewPrefix(vpc, 24);
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 24))).Fails(400, "prefixLength");
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 30))).Fails(400, "prefixLength");
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 23))).Fails(400, "prefixLength");
        Assert.Equal("""{"availableIPs":0,"acquiredIPs":0,"availablePrefixes":[],"availableSmallestPrefixes":0,"acquiredPrefixes":1}""", (await tenant.Usage()).ToJsonString());
        (await tenant.Client.Delete($"vpc-prefix/{whole["id"]}")).Is(204);
        await tenant.Client.Gone($"vpc-prefix/{whole["id"]}");
        await tenant.NewPrefix(vpc, 25);
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 24))).Fails(400, "prefixLength");
        await tenant.NewPrefix(vpc, 25);
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 31))).Fails(400, "prefixLength");
    }

    [Fact]
    public async Task Thirty_parallel_prefixes_fill_a_block_and_no_more()
    {
        var tenant = await world.NewTenant(24);
        var vpc = await tenant.NewVpc();
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, i % 10 == 0 ? 26 : 28))));
        Assert.All(answers, answer => Assert.True(answer.Status is 201 or 400, answer.ToString()));
        var made = answers.Where(answer => answer.Status == 201).Select(answer => answer.Json!["prefix"].Text()).ToArray();
        Networks.Apart(made);
        var free = (await tenant.Usage())["availablePrefixes"]!.AsArray().Select(cidr => cidr.Text());
        Assert.Equal(256u, made.Concat(free).Aggregate(0u, (sum, cidr) => sum + Networks.Size(cidr)));
        Assert.Equal(made.Length, (await tenant.Usage())["acquiredPrefixes"].Number());
        Assert.Equal(made.Order(), world.Simulated.VpcPrefixes.Where(prefix => prefix.VpcId.Value == vpc["id"].Text()).Select(prefix => prefix.Config.Prefix).Order());
    }

    [Fact]
    public async Task Every_wrong_field_is_named_and_nothing_is_made()
    {
        var tenant = await world.NewTenant();
        var other = await world.NewTenant();
        var (vpc, ethernet, flat, foreign) = (await tenant.NewVpc(), await tenant.NewVpc("ETHERNET_VIRTUALIZER"), await tenant.NewVpc("FLAT"), await other.NewVpc());
        (await tenant.Client.Post("vpc-prefix", new { })).Fails(400, "name", "vpcId", "ipBlockId", "prefixLength");
        var root = (await world.NewBlock())["id"].Text();
        foreach (var (field, value) in new (string, JsonNode?)[]
        {
            ("name", "x"), ("name", ""), ("name", new string('x', 257)), ("name", "naïve"), ("name", 1), ("vpcId", "x"), ("vpcId", Guid.NewGuid().ToString()), ("vpcId", foreign["id"].Text()),
            ("vpcId", ethernet["id"].Text()), ("vpcId", flat["id"].Text()), ("ipBlockId", "x"), ("ipBlockId", Guid.NewGuid().ToString()), ("ipBlockId", other.BlockId.ToString()),
            ("ipBlockId", root), ("prefixLength", "24"), ("prefixLength", 24.5), ("prefixLength", 15),
        })
        {
            var order = JsonSerializer.SerializeToNode(tenant.PrefixOrder(vpc))!.AsObject();
            order[field] = value;
            (await tenant.Client.Post("vpc-prefix", order)).Fails(400, field);
        }

        Assert.Equal(0, (await tenant.Client.Get("vpc-prefix")).Total);
        Assert.Equal(0, (await tenant.Usage())["acquiredPrefixes"].Number());
    }

    [Fact]
    public async Task An_IPv6_block_and_one_of_another_site_are_refused()
    {
        var tenant = await world.NewTenant();
        var vpc = await tenant.NewVpc();
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 30, block: await Networks.Grant(world, tenant, world.SiteId, "fd00::", 24)))).Fails(400, "ipBlockId");
        var elsewhere = (await world.Provider.Post("site", new { name = "elsewhere-" + Guid.NewGuid() })).Is(201)["id"].Id();
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 30, block: await Networks.Grant(world, tenant, elsewhere, "10.0.0.0", 8)))).Fails(400, "ipBlockId");
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        var (tenant, other) = (await world.NewTenant(), await world.NewTenant());
        var vpc = await tenant.NewVpc();
        await other.NewPrefix(await other.NewVpc(), name: "same");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, name: "same"))));
        var winner = Assert.Single(answers, answer => answer.Status == 201).Json!;
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.ConflictsWith(winner["id"]));
        Assert.Equal(1, (await tenant.Usage())["acquiredPrefixes"].Number());
        await tenant.NewPrefix(vpc, name: " Same ");
    }

    [Fact]
    public async Task A_prefix_is_its_tenants_own()
    {
        var (tenant, other) = (await world.NewTenant(), await world.NewTenant());
        var vpc = await tenant.NewVpc();
        var prefix = (await tenant.NewPrefix(vpc))["id"];
        (await other.Client.Get($"vpc-prefix/{prefix}")).Is(404);
        (await other.Client.Delete($"vpc-prefix/{prefix}")).Is(404);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Get($"vpc-prefix/{prefix}")).Is(403);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Get("vpc-prefix")).Is(403);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Delete($"vpc-prefix/{prefix}")).Is(403);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Post("vpc-prefix", tenant.PrefixOrder(vpc))).Is(403);
        (await _host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("vpc-prefix")).Is(400);
        (await _host.As(TestHost.NewOrg(), "TENANT_ADMIN").Post("vpc-prefix", tenant.PrefixOrder(vpc))).Is(400);
        Assert.Equal(0, (await other.Client.Get("vpc-prefix")).Total);
        (await tenant.Client.Get($"vpc-prefix/{Guid.NewGuid()}")).Is(404);
        (await tenant.Client.Get("vpc-prefix/x")).Fails(400, "vpcPrefixId");
        (await tenant.Client.Delete("vpc-prefix/x")).Fails(400, "vpcPrefixId");
        (await tenant.Client.Get($"vpc-prefix/{prefix}?includeUsageStats=perhaps")).Fails(400, "includeUsageStats");
        (await tenant.Client.Get($"vpc-prefix/{prefix}?includeRelation=Machine")).Fails(400, "includeRelation");
    }

    [Fact]
    public async Task A_list_is_filtered_searched_ordered_and_embeds()
    {
        var (tenant, other) = (await world.NewTenant(), await world.NewTenant());
        var (one, two) = (await tenant.NewVpc(), await tenant.NewVpc());
        await tenant.NewPrefix(one, name: "alpha_1");
        await tenant.NewPrefix(one, name: "beta");
        await tenant.NewPrefix(two, name: "gamma 10%");
        foreach (var (query, expected) in new (string, string[])[]
        {
            ("", ["alpha_1", "beta", "gamma 10%"]), ($"vpcId={one["id"]}", ["alpha_1", "beta"]), ($"siteId={world.SiteId}&vpcId={two["id"]}", ["gamma 10%"]), ("status=Ready", ["alpha_1", "beta", "gamma 10%"]),
            ("status=Error", []), ("query=_", ["alpha_1"]), ("query=%25", ["gamma 10%"]), ("query=beta+gamma", ["beta", "gamma 10%"]), ("query=beta+%26+ready", ["beta"]), ("query=%3A%29", []),
            ("orderBy=NAME_DESC", ["gamma 10%", "beta", "alpha_1"]), ("orderBy=CREATED_DESC", ["gamma 10%", "beta", "alpha_1"]), ("pageSize=1&pageNumber=2", ["beta"]),
        })
        {
            var answer = await tenant.Client.Get("vpc-prefix?" + query);
            Assert.True(expected.SequenceEqual(answer.Items().Names()), $"{query}: {answer}");
        }

        foreach (var (query, field) in new[]
        {
            ("siteId=x", "siteId"), ($"siteId={Guid.NewGuid()}", "siteId"), ("vpcId=x", "vpcId"), ($"vpcId={Guid.NewGuid()}", "vpcId"), ($"vpcId={(await other.NewVpc())["id"]}", "vpcId"),
            ("status=Pending", "status"), ("pageNumber=-1", "PageNumber"), ("orderBy=PREFIX_ASC", "OrderByStr"), ("includeRelation=Machine", "includeRelation"), ("includeUsageStats=2", "includeUsageStats"),
        })
        {
            (await tenant.Client.Get("vpc-prefix?" + query)).Fails(400, field);
        }

        var (stranger, _) = await _host.Tenant();
        (await stranger.Get($"vpc-prefix?siteId={world.SiteId}")).Fails(400, "siteId");
        var related = (await tenant.Client.Get("vpc-prefix?includeRelation=VPC&includeRelation=IPBlock&includeRelation=Tenant&includeRelation=Site")).Items()[0]!;
        Assert.Equal(one["name"].Text(), related["vpc"]!["name"].Text());
        Assert.Equal(tenant.BlockId, related["ipBlock"]!["id"].Id());
        Assert.Equal(world.SiteId, related["site"]!["id"].Id());
        Assert.False(related.AsObject().ContainsKey("usageStats"));
        Assert.Equal(one["id"].Id(), (await tenant.Client.Get("vpc-prefix?includeRelation=Vpc")).Items()[0]!["vpc"]!["id"].Id());
    }

    [Fact]
    public async Task Usage_is_counted_without_interfaces()
    {
        var tenant = await world.NewTenant();
        var vpc = await tenant.NewVpc();
        var prefix = await tenant.NewPrefix(vpc, 24);
        var read = (await tenant.Client.Get($"vpc-prefix/{prefix["id"]}?includeUsageStats=true")).Is(200);
        Assert.Equal(
            $$"""{"availableIPs":256,"acquiredIPs":0,"availablePrefixes":["{{prefix["prefix"]}}"],"availableSmallestPrefixes":64,"acquiredPrefixes":0}""", read["usageStats"]!.ToJsonString());
        Assert.Equal(tenant.BlockId, read["ipBlock"]!["id"].Id());
        var pair = await tenant.NewPrefix(vpc, 31);
        Assert.Equal(
            """{"availableIPs":2,"acquiredIPs":0,"availablePrefixes":[],"availableSmallestPrefixes":0,"acquiredPrefixes":0}""",
            (await tenant.Client.Get($"vpc-prefix/{pair["id"]}?includeUsageStats=1")).Is(200)["usageStats"]!.ToJsonString());
    }

    [Fact]
    public async Task Addresses_stay_reserved_until_the_site_has_let_go()
    {
        var tenant = await world.NewTenant(24);
        var vpc = await tenant.NewVpc();
        var prefix = await tenant.NewPrefix(vpc, 24);
        var answer = await tenant.Client.Delete($"vpc-prefix/{prefix["id"]}");
        Assert.Equal(204, answer.Status);
        Assert.Empty(answer.Text);
        Assert.Null(answer.ContentType);
        await tenant.Client.Gone($"vpc-prefix/{prefix["id"]}");
        Assert.Null(world.Simulated.VpcPrefix(prefix["id"].Text()));
        Assert.Equal(0, (await tenant.Usage())["acquiredPrefixes"].Number());
        Assert.Equal(prefix["prefix"].Text(), (await tenant.NewPrefix(vpc, 24, prefix["name"].Text()))["prefix"].Text());
        Assert.Equal(0, await world.Read<int>("select count(*)::integer from networking.status_history where resource_id = @id", new { id = prefix["id"].Text() }));
    }
}
