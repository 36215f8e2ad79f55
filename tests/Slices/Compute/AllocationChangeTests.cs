using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Nico.Tests.Slices.Networking;
using Xunit;

namespace Nico.Tests.Slices.Compute;

/// <summary>Allocations that are renamed and resized: spec/20-ip-and-allocation.md, sections 6.4, 7 and 9.</summary>
public sealed class AllocationChangeTests(NetworkWorld world) : IClassFixture<NetworkWorld>
{
    private readonly ApiClient _api = world.Provider;
    private readonly TestHost _host = world.Host;

    [Fact]
    public async Task The_tenants_block_follows_the_name_and_keeps_its_description()
    {
        var (tenant, tenantId) = await _host.Tenant();
        var allocation = await world.Allocate(tenantId, await world.NewBlock(), 24);
        var renamed = (await _api.Patch($"allocation/{allocation["id"]}", new { name = "renamed", description = "for later" })).Is(200);
        Assert.Equal("renamed", renamed["name"].Text());
        Assert.Equal("for later", renamed["description"].Text());
        Assert.Equal(allocation["allocationConstraints"]!.ToJsonString(), renamed["allocationConstraints"]!.ToJsonString());
        Assert.Equal(["Registered"], renamed.Statuses());
        Assert.True(renamed["updated"].Time() > allocation["updated"].Time());
        Assert.False(renamed.AsObject().ContainsKey("site"));
        Assert.Equal(renamed.ToJsonString(), (await tenant.Get($"allocation/{allocation["id"]}")).Is(200).ToJsonString());
        var block = (await tenant.Get($"ipblock/{Block(allocation)}")).Is(200);
        Assert.Equal("renamed", block["name"].Text());
        Assert.Null(block["description"]);
        var same = (await _api.Patch($"allocation/{allocation["id"]}", new { name = "renamed" })).Is(200);
        Assert.Equal("for later", same["description"].Text());
        Assert.Equal("renamed", (await _api.Patch($"allocation/{allocation["id"]}", new { description = "" })).Is(200)["name"].Text());
    }

    [Fact]
    public async Task A_name_is_taken_once_for_a_tenant_at_a_site()
    {
        var (_, tenantId) = await _host.Tenant();
        var (_, otherId) = await _host.Tenant();
        var root = await world.NewBlock();
        var (first, second, others) = (await world.Allocate(tenantId, root, 24), await world.Allocate(tenantId, root, 24), await world.Allocate(otherId, root, 24));
        (await _api.Patch($"allocation/{first["id"]}", new { name = second["name"].Text() })).ConflictsWith(second["id"]);
        Assert.Equal(first.ToJsonString(), (await _api.Get($"allocation/{first["id"]}")).Is(200).ToJsonString());
        Assert.Equal(first["name"].Text(), (await _api.Get($"ipblock/{Block(first)}")).Is(200)["name"].Text());
        (await _api.Patch($"allocation/{first["id"]}", new { name = others["name"].Text() })).Is(200);
        foreach (var name in new[] { "", "x", " name", new string('x', 257) })
        {
            (await _api.Patch($"allocation/{first["id"]}", new { name })).Fails(400, "name");
        }

        (await _api.Patch("allocation/x", new { name = "other" })).Fails(400, "allocationId");
    }

    [Fact]
    public async Task Only_its_provider_changes_an_allocation()
    {
        var (tenant, tenantId) = await _host.Tenant();
        var allocation = await world.Allocate(tenantId, await world.NewBlock(), 24);
        var constraint = $"allocation/{allocation["id"]}/constraint/{Constraint(allocation)}";
        foreach (var client in new[] { (await _host.Provider()).Client, _host.As(TestHost.NewOrg(), "PROVIDER_ADMIN") })
        {
            (await client.Patch($"allocation/{allocation["id"]}", new { name = "mine now" })).Is(404);
            (await client.Patch(constraint, new { constraintValue = 25 })).Is(404);
        }

        foreach (var client in new[] { tenant, _host.As(_api.Org, "PROVIDER_VIEWER") })
        {
            (await client.Patch($"allocation/{allocation["id"]}", new { name = "mine now" })).Is(403);
            (await client.Patch(constraint, new { constraintValue = 25 })).Is(403);
        }

        (await _api.Patch($"allocation/{Guid.NewGuid()}", new { name = "nothing" })).Is(404);
        Assert.Equal(allocation.ToJsonString(), (await _api.Get($"allocation/{allocation["id"]}")).Is(200).ToJsonString());
    }

    [Fact]
    public async Task A_block_that_nothing_uses_is_carved_anew()
    {
        var (tenant, tenantId) = await _host.Tenant();
        var root = await world.NewBlock();
        var allocation = await world.Allocate(tenantId, root, 24);
        var neighbour = await world.Allocate(tenantId, root, 24);
        var path = $"allocation/{allocation["id"]}/constraint/{Constraint(allocation)}";
        var network = root["prefix"].Text()[..^".0.0".Length];

        var smaller = (await _api.Patch(path, new { constraintValue = 26 })).Is(200);
        Assert.Equal(26, smaller["constraintValue"].Number());
        Assert.Equal(allocation["id"].Id(), smaller["allocationId"].Id());
        Assert.Equal(root["id"].Id(), smaller["resourceTypeId"].Id());
        Assert.Equal(Block(allocation), smaller["derivedResourceId"].Id());
        Assert.Equal(root["id"].Id(), smaller["ipBlock"]!["id"].Id());
        Assert.Equal($"{network}.0.0/26", await Cidr());
        Assert.Equal(smaller.ToJsonString(), (await _api.Get($"allocation/{allocation["id"]}")).Is(200)["allocationConstraints"]![0]!.ToJsonString());
        var same = (await _api.Patch(path, new { constraintValue = 26 })).Is(200);
        Assert.Equal(smaller.ToJsonString(), same.ToJsonString());

        // It moves to where there is room.
        (await _api.Patch(path, new { constraintValue = 23 })).Is(200);
        Assert.Equal($"{network}.2.0/23", await Cidr());
        (await _api.Patch(path, new { constraintValue = 16 })).Is(400);
        (await _api.Delete($"allocation/{neighbour["id"]}")).Is(202);
        (await _api.Patch(path, new { constraintValue = 16 })).Is(200);
        Assert.Equal($"{network}.0.0/16", await Cidr());
        Assert.Equal(0, (await Usage(root))["availableIPs"].Number());
        (await _api.Post("allocation", world.Order(tenantId, root, 24))).Is(409);
        (await _api.Patch(path, new { constraintValue = 26 })).Is(200);
        Assert.Equal($"{network}.0.0/26", await Cidr());
        Assert.Equal(1, (await Usage(root))["acquiredPrefixes"].Number());
        Assert.Equal(65536, (await Usage(root))["availableIPs"].Number());

        async Task<string> Cidr()
        {
            var block = (await tenant.Get($"ipblock/{Block(allocation)}")).Is(200);
            return $"{block["prefix"]}/{block["prefixLength"]}";
        }
    }

    [Fact]
    public async Task A_length_that_cannot_be_had_changes_nothing()
    {
        var (_, tenantId) = await _host.Tenant();
        var root = await world.NewBlock(20);
        var allocation = await world.Allocate(tenantId, root, 24);
        await world.Allocate(tenantId, root, 21);
        var path = $"allocation/{allocation["id"]}/constraint/{Constraint(allocation)}";
        var before = ((await _api.Get($"allocation/{allocation["id"]}")).Is(200).ToJsonString(), (await Usage(root)).ToJsonString());
        foreach (var value in new[] { 0, -1, 19, 20, 33, 100, 256 + 24, int.MaxValue, int.MinValue })
        {
            (await _api.Patch(path, new { constraintValue = value })).Fails(400, "constraintValue");
        }

        (await _api.Patch(path, new { })).Fails(400, "constraintValue");
        (await _api.Patch(path, new { constraintValue = "24" })).Fails(400, "constraintValue");
        (await _api.Patch(path, new { constraintValue = 24.5 })).Fails(400, "constraintValue");
        Assert.Equal(before, ((await _api.Get($"allocation/{allocation["id"]}")).Is(200).ToJsonString(), (await Usage(root)).ToJsonString()));
        (await _api.Patch(path, new { constraintValue = 21 })).Is(200);
    }

    [Theory]
    [InlineData("FNN")]
    [InlineData("ETHERNET_VIRTUALIZER")]
    public async Task A_block_in_use_keeps_its_length(string type)
    {
        var tenant = await world.NewTenant(24);
        var vpc = await tenant.NewVpc(type);
        var allocation = (await _api.Get($"allocation/{tenant.AllocationId}")).Is(200);
        var path = $"allocation/{tenant.AllocationId}/constraint/{Constraint(allocation)}";
        var network = type == "FNN" ? await tenant.NewPrefix(vpc, 26) : await tenant.NewSubnet(vpc, 26);
        var kind = type == "FNN" ? "vpc-prefix" : "subnet";
        (await _api.Patch(path, new { constraintValue = 25 })).Is(400);
        Assert.Equal(24, (await _api.Get($"ipblock/{tenant.BlockId}")).Is(200)["prefixLength"].Number());
        (await tenant.Client.Delete($"{kind}/{network["id"]}")).Is(204);
        await tenant.Client.Gone($"{kind}/{network["id"]}");
        (await _api.Patch(path, new { constraintValue = 25 })).Is(200);
        Assert.Equal(25, (await _api.Get($"ipblock/{tenant.BlockId}")).Is(200)["prefixLength"].Number());
    }

    [Fact]
    public async Task A_constraint_is_of_its_allocation()
    {
        var (_, tenantId) = await _host.Tenant();
        var root = await world.NewBlock();
        var (first, second) = (await world.Allocate(tenantId, root, 24), await world.Allocate(tenantId, root, 24));
        (await _api.Patch($"allocation/{first["id"]}/constraint/{Constraint(second)}", new { constraintValue = 25 })).Fails(400, "allocationConstraintId");
        (await _api.Patch($"allocation/{first["id"]}/constraint/{Guid.NewGuid()}", new { constraintValue = 25 })).Is(404);
        (await _api.Patch($"allocation/x/constraint/y", new { constraintValue = 25 })).Fails(400, "allocationId", "allocationConstraintId");
        Assert.Equal(2, (await Usage(root))["acquiredPrefixes"].Number());
    }

    private static Guid Block(JsonNode allocation) => allocation["allocationConstraints"]![0]!["derivedResourceId"].Id();

    private static Guid Constraint(JsonNode allocation) => allocation["allocationConstraints"]![0]!["id"].Id();

    private async Task<JsonNode> Usage(JsonNode block) => (await _api.Get($"ipblock/{block["id"]}?includeUsageStats=true")).Is(200)["usageStats"]!;
}
