using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>Blocks that are renamed, deleted and carved up: spec/20-ip-and-allocation.md, sections 5.4 to 5.6 and 9.</summary>
public sealed class IpBlockChangeTests(NetworkWorld world) : IClassFixture<NetworkWorld>
{
    private readonly ApiClient _api = world.Provider;
    private readonly TestHost _host = world.Host;

    [Fact]
    public async Task What_is_named_changes_and_the_rest_stays()
    {
        var block = await world.NewBlock();
        var name = "renamed-" + Guid.NewGuid();
        var renamed = (await _api.Patch($"ipblock/{block["id"]}", new { name, description = "for later" })).Is(200);
        Assert.Equal(name, renamed["name"].Text());
        Assert.Equal("for later", renamed["description"].Text());
        Assert.Equal(block["prefix"].Text(), renamed["prefix"].Text());
        Assert.Equal(block["created"].Time(), renamed["created"].Time());
        Assert.True(renamed["updated"].Time() > block["updated"].Time());
        Assert.Equal(["Ready"], renamed.Statuses());
        Assert.False(renamed.AsObject().ContainsKey("site"));
        Assert.Equal(renamed.ToJsonString(), (await _api.Get($"ipblock/{block["id"]}")).Is(200).ToJsonString());
        var same = (await _api.Patch($"ipblock/{block["id"]}", new { name, description = (string?)null })).Is(200);
        Assert.Equal("for later", same["description"].Text());
        Assert.Equal("", (await _api.Patch($"ipblock/{block["id"]}", new { description = "" })).Is(200)["description"].Text());
        Assert.Equal(name, (await _api.Patch($"ipblock/{block["id"]}", new { })).Is(200)["name"].Text());
        Assert.Equal([block["id"].Id()], (await _api.Get($"ipblock?query={name}")).Items().Ids());
    }

    [Fact]
    public async Task A_name_is_taken_once_among_the_providers_own_blocks()
    {
        var (first, second) = (await world.NewBlock(), await world.NewBlock());
        (await _api.Patch($"ipblock/{first["id"]}", new { name = second["name"].Text() })).ConflictsWith(second["id"]);
        Assert.Equal(first.ToJsonString(), (await _api.Get($"ipblock/{first["id"]}")).Is(200).ToJsonString());
        foreach (var name in new[] { "", "x", " pool", "pool ", new string('x', 257) })
        {
            (await _api.Patch($"ipblock/{first["id"]}", new { name })).Fails(400, "name");
        }

        (await _api.Patch($"ipblock/{first["id"]}", new { name = 5, description = 7 })).Fails(400, "name", "description");
        (await _api.Raw(HttpMethod.Patch, $"ipblock/{first["id"]}", "{")).Is(400);
        (await _api.Patch("ipblock/x", new { name = "other" })).Fails(400, "ipBlockId");

        // Names of tenants' blocks are not bound by it.
        var tenant = await world.NewTenant(24);
        var derived = (await _api.Patch($"ipblock/{tenant.BlockId}", new { name = second["name"].Text(), description = "theirs" })).Is(200);
        Assert.Equal(tenant.Id, derived["tenantId"].Id());
        Assert.Equal("theirs", (await tenant.Client.Get($"ipblock/{tenant.BlockId}")).Is(200)["description"].Text());
    }

    [Fact]
    public async Task Only_its_provider_changes_and_deletes_a_block()
    {
        var block = await world.NewBlock();
        var (stranger, _) = await _host.Provider();
        foreach (var client in new[] { stranger, _host.As(TestHost.NewOrg(), "PROVIDER_ADMIN") })
        {
            (await client.Patch($"ipblock/{block["id"]}", new { name = "mine now" })).Is(404);
            (await client.Delete($"ipblock/{block["id"]}")).Is(404);
        }

        foreach (var role in new[] { "PROVIDER_VIEWER", "TENANT_ADMIN" })
        {
            (await _host.As(_api.Org, role).Patch($"ipblock/{block["id"]}", new { name = "mine now" })).Is(403);
            (await _host.As(_api.Org, role).Delete($"ipblock/{block["id"]}")).Is(403);
        }

        (await _api.Patch($"ipblock/{Guid.NewGuid()}", new { name = "nothing" })).Is(404);
        (await _api.Delete($"ipblock/{Guid.NewGuid()}")).Is(404);
        (await _api.Delete("ipblock/x")).Fails(400, "ipBlockId");
        Assert.Equal(block.ToJsonString(), (await _api.Get($"ipblock/{block["id"]}")).Is(200).ToJsonString());
    }

    [Fact]
    public async Task A_block_goes_when_nothing_is_allocated_from_it()
    {
        var (_, tenantId) = await _host.Tenant();
        var block = await world.NewBlock(24);
        foreach (var length in new[] { 24, 26 })
        {
            var allocation = await world.Allocate(tenantId, block, length);
            (await _api.Delete($"ipblock/{block["id"]}")).Is(400);
            (await _api.Delete($"ipblock/{allocation["allocationConstraints"]![0]!["derivedResourceId"]}")).Is(400);
            (await _api.Delete($"allocation/{allocation["id"]}")).Is(202);
        }

        (await _api.Delete($"ipblock/{block["id"]}")).Is(202);
        (await _api.Get($"ipblock/{block["id"]}")).Is(404);
        (await _api.Delete($"ipblock/{block["id"]}")).Is(404);
        Assert.Equal(0, await world.Read<int>(
            "select count(*)::integer from networking.status_history where resource_id = @id", new { id = block["id"].Text() }));
        (await _api.Post("ipblock", new
        {
            name = block["name"].Text(),
            siteId = world.SiteId,
            routingType = block["routingType"].Text(),
            prefix = block["prefix"].Text(),
            prefixLength = 24,
            protocolVersion = "IPv4",
        })).Is(201);
    }

    [Fact]
    public async Task The_parts_of_a_block_are_listed_filtered_ordered_and_paged()
    {
        var root = await world.NewBlock();
        var path = $"ipblock/{root["id"]}/derived";
        var none = await _api.Get(path);
        Assert.Empty(none.Items());
        Assert.Equal(0, none.Total);
        var (_, first) = await _host.Tenant();
        var (_, second) = await _host.Tenant();
        foreach (var (tenant, name, length) in new[] { (first, "gamma", 24), (second, "alpha", 20), (first, "beta", 28) })
        {
            (await _api.Post("allocation", world.Order(tenant, root, length, name))).Is(201);
            await world.Allocate(tenant, await world.NewBlock(), 24);
        }

        var network = root["prefix"].Text()[..^".0.0".Length];
        Assert.Equal([$"{network}.0.0/24", $"{network}.16.0/20", $"{network}.1.0/28"], (await _api.Get(path)).Items().Select(b => $"{b!["prefix"]}/{b["prefixLength"]}"));
        foreach (var (query, expected) in new (string, string[])[]
        {
            ("", ["gamma", "alpha", "beta"]), ("status=Ready", ["gamma", "alpha", "beta"]), ("status=Error", []), ("query=alpha", ["alpha"]), ("query=alpha+beta", ["alpha", "beta"]),
            ("query=nothing", []), ("orderBy=NAME_ASC", ["alpha", "beta", "gamma"]), ("orderBy=NAME_DESC", ["gamma", "beta", "alpha"]), ("orderBy=CREATED_DESC", ["beta", "alpha", "gamma"]),
            ("orderBy=PREFIX_ASC", ["gamma", "beta", "alpha"]), ("orderBy=UPDATED_ASC", ["gamma", "alpha", "beta"]), ("orderBy=STATUS_DESC", ["gamma", "alpha", "beta"]),
            ("pageSize=2&pageNumber=2", ["beta"]),
        })
        {
            var answer = await _api.Get($"{path}?{query}");
            Assert.True(expected.SequenceEqual(answer.Items().Names()), $"{query}: {answer}");
        }

        Assert.Equal(3, (await _api.Get(path + "?pageSize=1")).Total);
        var related = (await _api.Get(path + "?includeRelation=Site&includeRelation=Tenant&includeRelation=InfrastructureProvider")).Items()[1]!;
        Assert.Equal(world.SiteId, related["site"]!["id"].Id());
        Assert.Equal(second, related["tenant"]!["id"].Id());
        Assert.Equal(world.ProviderId, related["infrastructureProvider"]!["id"].Id());
        Assert.False(related.AsObject().ContainsKey("usageStats"));
        foreach (var (query, field) in new[]
        {
            ("status=Bogus", "status"), ("pageSize=101", "PageSize"), ("orderBy=SITE_ASC", "OrderByStr"), ("includeRelation=Vpc", "includeRelation"),
        })
        {
            (await _api.Get($"{path}?{query}")).Fails(400, field);
        }

        Assert.Equal(3, (await _host.As(_api.Org, "PROVIDER_VIEWER").Get(path)).Total);
        (await _host.As(_api.Org, "TENANT_ADMIN").Get(path)).Is(403);
        (await (await _host.Provider()).Client.Get(path)).Is(404);
        (await _host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Get(path)).Is(400);
        (await _api.Get($"ipblock/{(await _api.Get(path)).Items()[0]!["id"]}/derived")).Is(400);
        (await _api.Get($"ipblock/{Guid.NewGuid()}/derived")).Is(404);
        (await _api.Get("ipblock/x/derived")).Fails(400, "ipBlockId");
    }

    [Fact]
    public async Task Lists_of_allocations_follow_the_name_of_the_block()
    {
        var (tenant, tenantId) = await _host.Tenant();
        var (first, second) = (await world.NewBlock(), await world.NewBlock());
        var (a, b) = (await world.Allocate(tenantId, first, 24), await world.Allocate(tenantId, second, 24));
        (await _api.Patch($"ipblock/{first["id"]}", new { name = "zz-" + Guid.NewGuid() })).Is(200);
        (await _api.Patch($"ipblock/{second["id"]}", new { name = "aa-" + Guid.NewGuid() })).Is(200);
        Assert.Equal([b["id"].Id(), a["id"].Id()], (await tenant.Get("allocation?orderBy=IP_BLOCK_NAME_ASC")).Items().Ids());
        Assert.StartsWith("zz-", (await tenant.Get($"allocation/{a["id"]}")).Is(200)["allocationConstraints"]![0]!["ipBlock"]!["name"].Text());
    }
}
