using System.Text.Json;
using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>Subnets as their tenant sees them: spec/21-vpc.md, sections 4 and 8.</summary>
public sealed class SubnetTests(NetworkWorld world) : IClassFixture<NetworkWorld>
{
    private const string Ethernet = "ETHERNET_VIRTUALIZER";

    private readonly TestHost _host = world.Host;

    [Fact]
    public async Task A_subnet_is_carved_and_becomes_ready_at_its_site()
    {
        var tenant = await world.NewTenant();
        var vpc = await tenant.NewVpc(Ethernet);
        var subnet = (await tenant.Client.Post("subnet", new
        {
            name = "first",
            description = "for a start",
            vpcId = vpc["id"].Id(),
            ipv4BlockId = tenant.BlockId,
            prefixLength = 24,
        })).Is(201);
        var network = (await tenant.Client.Get($"ipblock/{tenant.BlockId}")).Is(200)["prefix"].Text();
        Assert.Equal(network, subnet["ipv4Prefix"].Text());
        Assert.Equal(24, subnet["prefixLength"].Number());
        Assert.Equal(network[..^1] + "1", subnet["ipv4Gateway"].Text());
        Assert.Equal("for a start", subnet["description"].Text());
        Assert.Equal(vpc["id"].Id(), subnet["vpcId"].Id());
        Assert.Equal(tenant.BlockId, subnet["ipv4BlockId"].Id());
        Assert.Equal(tenant.Id, subnet["tenantId"].Id());
        Assert.Equal(world.SiteId, subnet["siteId"].Id());
        Assert.Equal(subnet["id"].Id(), subnet["controllerNetworkSegmentId"].Id());
        Assert.Equal("DatacenterOnly", subnet["routingType"].Text());
        Assert.Null(subnet["ipv6Prefix"]);
        Assert.Null(subnet["ipv6BlockId"]);
        Assert.Null(subnet["ipv6Gateway"]);
        Assert.Null(subnet["mtu"]);
        Assert.Contains(subnet["status"].Text(), new[] { "Pending", "Provisioning" });
        var ready = await tenant.Client.Eventually($"subnet/{subnet["id"]}", s => s["status"].Text() == "Ready");
        Assert.Equal(["Ready", "Provisioning", "Pending"], ready.Statuses());
        Assert.Equal(9000, ready["mtu"].Number());
        var real = world.Simulated.Segment(subnet["id"].Text())!;
        Assert.Equal("first", real.Name);
        Assert.Equal($"{network}/24", real.Prefixes[0].Prefix);
        Assert.Equal(subnet["ipv4Gateway"].Text(), real.Prefixes[0].Gateway);
        Assert.Equal(2, real.Prefixes[0].ReserveFirst);
    }

    [Theory]
    [InlineData(16, 201)]
    [InlineData(30, 201)]
    [InlineData(7, 400)]
    [InlineData(31, 400)]
    [InlineData(32, 400)]
    [InlineData(0, 400)]
    [InlineData(15, 400)]
    public async Task A_subnet_is_8_to_30_bits_long_and_fits(int length, int status)
    {
        var tenant = await world.NewTenant(16);
        var answer = await tenant.Client.Post("subnet", tenant.SubnetOrder(await tenant.NewVpc(Ethernet), length));
        answer.Is(status);
        if (status == 400)
        {
            answer.Fails(400, "prefixLength");
        }
    }

    [Fact]
    public async Task A_block_is_taken_whole_or_in_parts()
    {
        var tenant = await world.NewTenant(24);
        var vpc = await tenant.NewVpc(Ethernet);
        var whole = await tenant.NewSubnet(vpc, 24);
        (await tenant.Client.Post("subnet", tenant.SubnetOrder(vpc, 24))).Fails(400, "prefixLength");
        (await tenant.Client.Post("subnet", tenant.SubnetOrder(vpc, 30))).Fails(400, "prefixLength");
        (await tenant.Client.Delete($"subnet/{whole["id"]}")).Is(204);
        await tenant.Client.Gone($"subnet/{whole["id"]}");
        Assert.Equal(0, (await tenant.Usage())["acquiredPrefixes"].Number());
        await tenant.NewSubnet(vpc, 25);
        await tenant.NewPrefix(await tenant.NewVpc(), 26);
        (await tenant.Client.Post("subnet", tenant.SubnetOrder(vpc, 25))).Fails(400, "prefixLength");
        await tenant.NewSubnet(vpc, 26);
        (await tenant.Client.Post("subnet", tenant.SubnetOrder(vpc, 30))).Fails(400, "prefixLength");
    }

    [Fact]
    public async Task Thirty_parallel_subnets_fill_a_block_and_no_more()
    {
        var tenant = await world.NewTenant(24);
        var (ethernet, fnn) = (await tenant.NewVpc(Ethernet), await tenant.NewVpc());
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => i % 3 == 0
            ? tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(fnn, 27))
            : tenant.Client.Post("subnet", tenant.SubnetOrder(ethernet, 28))));
        Assert.All(answers, answer => Assert.True(answer.Status is 201 or 400, answer.ToString()));
        var made = answers.Where(answer => answer.Status == 201).Select(answer =>
            answer.Json!["prefix"]?.GetValue<string>() ?? $"{answer.Json["ipv4Prefix"]}/{answer.Json["prefixLength"]}").ToArray();
        Networks.Apart(made);
        Assert.Equal(256u, made.Aggregate(0u, (sum, cidr) => sum + Networks.Size(cidr)));
        Assert.Empty((await tenant.Usage())["availablePrefixes"]!.AsArray());
    }

    [Fact]
    public async Task Every_wrong_field_is_named_and_nothing_is_made()
    {
        var (tenant, other) = (await world.NewTenant(), await world.NewTenant());
        var (vpc, fnn, flat, foreign) = (await tenant.NewVpc(Ethernet), await tenant.NewVpc(), await tenant.NewVpc("FLAT"), await other.NewVpc(Ethernet));
        (await tenant.Client.Post("subnet", new { })).Fails(400, "name", "vpcId", "ipv4BlockId", "prefixLength");
        var root = (await world.NewBlock())["id"].Text();
        var ipv6 = await Networks.Grant(world, tenant, world.SiteId, "fd00::", 24);
        foreach (var (field, value) in new (string, JsonNode?)[]
        {
            ("name", "x"), ("name", new string('x', 257)), ("name", "naïve"), ("name", false), ("description", new string('x', 1025)), ("vpcId", "x"), ("vpcId", Guid.NewGuid().ToString()),
            ("vpcId", foreign["id"].Text()), ("vpcId", fnn["id"].Text()), ("vpcId", flat["id"].Text()), ("ipv4BlockId", "x"), ("ipv4BlockId", Guid.NewGuid().ToString()),
            ("ipv4BlockId", other.BlockId.ToString()), ("ipv4BlockId", root), ("ipv4BlockId", ipv6.ToString()), ("ipv6BlockId", tenant.BlockId.ToString()), ("ipv6BlockId", "x"),
            ("prefixLength", "24"), ("prefixLength", 24.5),
        })
        {
            var order = JsonSerializer.SerializeToNode(tenant.SubnetOrder(vpc))!.AsObject();
            order[field] = value;
            (await tenant.Client.Post("subnet", order)).Fails(400, field);
        }

        Assert.Equal(0, (await tenant.Client.Get("subnet")).Total);
        Assert.Equal(0, (await tenant.Usage())["acquiredPrefixes"].Number());
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        var (tenant, other) = (await world.NewTenant(), await world.NewTenant());
        var vpc = await tenant.NewVpc(Ethernet);
        await other.NewSubnet(await other.NewVpc(Ethernet), name: "same");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => tenant.Client.Post("subnet", tenant.SubnetOrder(vpc, name: "same"))));
        var winner = Assert.Single(answers, answer => answer.Status == 201).Json!;
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.ConflictsWith(winner["id"]));
        Assert.Equal(1, (await tenant.Usage())["acquiredPrefixes"].Number());
    }

    [Fact]
    public async Task A_subnet_is_its_tenants_own()
    {
        var (tenant, other) = (await world.NewTenant(), await world.NewTenant());
        var vpc = await tenant.NewVpc(Ethernet);
        var subnet = (await tenant.NewSubnet(vpc))["id"];
        (await other.Client.Get($"subnet/{subnet}")).Is(404);
        (await other.Client.Delete($"subnet/{subnet}")).Is(404);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Get($"subnet/{subnet}")).Is(403);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Get("subnet")).Is(403);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Delete($"subnet/{subnet}")).Is(403);
        (await _host.As(tenant.Client.Org, "PROVIDER_ADMIN").Post("subnet", tenant.SubnetOrder(vpc))).Is(403);
        (await _host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("subnet")).Is(400);
        (await _host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get($"subnet/{subnet}")).Is(400);
        (await _host.As(TestHost.NewOrg(), "TENANT_ADMIN").Post("subnet", tenant.SubnetOrder(vpc))).Is(400);
        Assert.Equal(0, (await other.Client.Get("subnet")).Total);
        (await tenant.Client.Get($"subnet/{Guid.NewGuid()}")).Is(404);
        (await tenant.Client.Get("subnet/x")).Fails(400, "subnetId");
        (await tenant.Client.Delete("subnet/x")).Fails(400, "subnetId");
        (await tenant.Client.Get($"subnet/{subnet}?includeUsageStats=perhaps")).Fails(400, "includeUsageStats");
    }

    [Fact]
    public async Task A_list_is_filtered_searched_ordered_and_embeds()
    {
        var (tenant, other) = (await world.NewTenant(), await world.NewTenant());
        var (one, two) = (await tenant.NewVpc(Ethernet), await tenant.NewVpc(Ethernet));
        var order = JsonSerializer.SerializeToNode(tenant.SubnetOrder(one, name: "alpha_1"))!;
        order["description"] = "running at 100%";
        (await tenant.Client.Post("subnet", order)).Is(201);
        await tenant.NewSubnet(one, name: "beta");
        await tenant.NewSubnet(two, name: "gamma");
        await tenant.Client.Eventually("subnet?status=Ready", list => list.AsArray().Count == 3);
        foreach (var (query, expected) in new (string, string[])[]
        {
            ("", ["alpha_1", "beta", "gamma"]), ($"vpcId={one["id"]}", ["alpha_1", "beta"]), ($"siteId={world.SiteId}&vpcId={two["id"]}", ["gamma"]), ("status=Deleting", []),
            ("query=run", ["alpha_1"]), ("query=_", ["alpha_1"]), ("query=%25", ["alpha_1"]), ("query=beta+gamma", ["beta", "gamma"]), ("query=beta+%26+gamma", []), ("query=a%3Ab", []),
            ("orderBy=NAME_DESC", ["gamma", "beta", "alpha_1"]), ("orderBy=CREATED_DESC", ["gamma", "beta", "alpha_1"]), ("pageSize=2&pageNumber=2", ["gamma"]),
        })
        {
            var answer = await tenant.Client.Get("subnet?" + query);
            Assert.True(expected.SequenceEqual(answer.Items().Names()), $"{query}: {answer}");
        }

        foreach (var (query, field) in new[]
        {
            ("siteId=x", "siteId"), ($"siteId={Guid.NewGuid()}", "siteId"), ("vpcId=x", "vpcId"), ($"vpcId={Guid.NewGuid()}", "vpcId"), ($"vpcId={(await other.NewVpc(Ethernet))["id"]}", "vpcId"),
            ("status=Bogus", "status"), ("pageSize=-1", "PageSize"), ("orderBy=PREFIX_ASC", "OrderByStr"), ("includeRelation=Machine", "includeRelation"), ("includeUsageStats=2", "includeUsageStats"),
        })
        {
            (await tenant.Client.Get("subnet?" + query)).Fails(400, field);
        }

        var (stranger, _) = await _host.Tenant();
        (await stranger.Get($"subnet?siteId={world.SiteId}")).Fails(400, "siteId");
        var related = (await tenant.Client.Get("subnet?includeRelation=VPC&includeRelation=IPv4Block&includeRelation=IPv6Block&includeRelation=Tenant&includeRelation=Site")).Items()[0]!;
        Assert.Equal(one["name"].Text(), related["vpc"]!["name"].Text());
        Assert.Equal(tenant.BlockId, related["ipv4Block"]!["id"].Id());
        Assert.Equal(world.SiteId, related["site"]!["id"].Id());
        Assert.Equal(one["id"].Id(), (await tenant.Client.Get("subnet?includeRelation=Vpc")).Items()[0]!["vpc"]!["id"].Id());
    }

    [Fact]
    public async Task Usage_is_counted_without_interfaces()
    {
        var tenant = await world.NewTenant();
        var subnet = await tenant.NewSubnet(await tenant.NewVpc(Ethernet), 24);
        foreach (var read in new[] { (await tenant.Client.Get($"subnet/{subnet["id"]}?includeUsageStats=true")).Is(200), (await tenant.Client.Get("subnet?includeUsageStats=t")).Items()[0]! })
        {
            Assert.Equal(
                $$"""{"availableIPs":256,"acquiredIPs":2,"availablePrefixes":["{{subnet["ipv4Prefix"]}}/24"],"availableSmallestPrefixes":64,"acquiredPrefixes":0}""",
                read["usageStats"]!.ToJsonString());
            Assert.Equal(tenant.BlockId, read["ipv4Block"]!["id"].Id());
        }
    }

    [Fact]
    public async Task A_deleted_subnet_goes_with_its_segment()
    {
        var tenant = await world.NewTenant(24);
        var vpc = await tenant.NewVpc(Ethernet);
        var subnet = await tenant.NewSubnet(vpc, 24);
        (await tenant.Client.Delete($"subnet/{subnet["id"]}")).Is(204);
        await tenant.Client.Gone($"subnet/{subnet["id"]}");
        Assert.Null(world.Simulated.Segment(subnet["id"].Text()));
        Assert.Equal(subnet["ipv4Prefix"].Text(), (await tenant.NewSubnet(vpc, 24, subnet["name"].Text()))["ipv4Prefix"].Text());
        (await tenant.Client.Delete($"subnet/{subnet["id"]}")).Is(404);
    }
}
