using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>VPC prefixes and subnets that are renamed: spec/21-vpc.md, sections 4.3, 5.3 and 8.</summary>
public sealed class NetworkChangeTests(ImpatientWorld world) : IClassFixture<ImpatientWorld>
{
    [Fact]
    public async Task A_prefix_is_renamed_here_and_at_the_site()
    {
        var tenant = await Tenant();
        var prefix = await tenant.NewPrefix(await tenant.NewVpc(), 26, "first");
        var path = $"vpc-prefix/{prefix["id"]}";
        var renamed = (await tenant.Client.Patch(path, new { name = "second" })).Is(200);
        Assert.Equal("second", renamed["name"].Text());
        Assert.Equal("Ready", renamed["status"].Text());
        Assert.Equal(prefix["statusHistory"]!.ToJsonString(), renamed["statusHistory"]!.ToJsonString());
        Assert.Equal(renamed.ToJsonString(), (await tenant.Client.Get(path)).Is(200).ToJsonString());
        Assert.Equal("second", AtSite(prefix));
        var updates = world.Accepted("UpdateVpcPrefix");
        (await tenant.Client.Patch(path, new { name = "second" })).Is(200);
        (await tenant.Client.Patch(path, new { })).Is(200);
        Assert.Equal(updates + 2, world.Accepted("UpdateVpcPrefix"));
        (await tenant.Client.Patch(path, new { name = "third", ipBlockId = tenant.BlockId, prefixLength = 26 })).Fails(400, "ipBlockId", "prefixLength");
        Assert.Equal("second", (await tenant.Client.Get(path)).Is(200)["name"].Text());
        Assert.Equal(0, await world.Read<int>("select count(*)::integer from networking.vpc_prefix where id = @id and undo is not null", new { id = prefix["id"].Id() }));
    }

    [Fact]
    public async Task A_refused_name_is_answered_and_taken_back()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc();
        var prefix = await tenant.NewPrefix(vpc, 26, "first");
        foreach (var (code, status) in new[] { (StatusCode.InvalidArgument, 400), (StatusCode.FailedPrecondition, 412), (StatusCode.Unimplemented, 501) })
        {
            world.Fault(Fault.Refuse("UpdateVpcPrefix", code, message: "no such name"));
            (await tenant.Client.Patch($"vpc-prefix/{prefix["id"]}", new { name = "second" })).Is(status);
            var back = (await tenant.Client.Get($"vpc-prefix/{prefix["id"]}")).Is(200);
            Assert.Equal("first", back["name"].Text());
            Assert.Contains("no such name", back["statusHistory"]![0]!["message"].Text());
        }

        await world.Down();
        (await tenant.Client.Patch($"vpc-prefix/{prefix["id"]}", new { name = "second" })).Is(200);
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 26, "first"))).ConflictsWith(prefix["id"]);
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 26, "second"))).ConflictsWith(prefix["id"]);
        world.Fault(Fault.Refuse("UpdateVpcPrefix", StatusCode.FailedPrecondition, message: "not today"));
        await world.Up();
        await tenant.Client.Eventually($"vpc-prefix/{prefix["id"]}", p => p["name"].Text() == "first");
        await world.Mend();
        Assert.Equal("first", AtSite(prefix));
        await tenant.NewPrefix(vpc, 26, "second");
    }

    [Fact]
    public async Task A_name_that_the_site_does_not_hear_is_brought_to_it_later()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc();
        var prefix = await tenant.NewPrefix(vpc, 26, "first");
        await world.Down();
        (await tenant.Client.Patch($"vpc-prefix/{prefix["id"]}", new { name = "second" })).Is(200);
        await world.Mend();
        await Wait.Until(() => AtSite(prefix) == "second", what: "the site has it");
        await Wait.Until(async () => (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 26, "first"))).Status == 201, what: "the name is free");
    }

    [Fact]
    public async Task A_subnet_is_renamed_and_described_here_alone()
    {
        var tenant = await Tenant();
        var subnet = await tenant.NewSubnet(await tenant.NewVpc("ETHERNET_VIRTUALIZER"), 26, "first");
        var path = $"subnet/{subnet["id"]}";
        await tenant.Client.Eventually(path, s => s["status"].Text() == "Ready");
        var renamed = (await tenant.Client.Patch(path, new { name = "second", description = "new" })).Is(200);
        Assert.Equal("second", renamed["name"].Text());
        Assert.Equal("new", renamed["description"].Text());
        Assert.Equal(renamed.ToJsonString(), (await tenant.Client.Get(path)).Is(200).ToJsonString());
        Assert.Equal("new", (await tenant.Client.Patch(path, new { name = "second" })).Is(200)["description"].Text());
        Assert.Equal("second", (await tenant.Client.Patch(path, new { description = "" })).Is(200)["name"].Text());
        (await tenant.Client.Patch(path, new { description = new string('x', 1025) })).Fails(400, "description");
        await world.Down();
        (await tenant.Client.Patch(path, new { name = "third" })).Is(200);
        await world.Mend();
    }

    [Theory]
    [InlineData("vpc-prefix", "FNN")]
    [InlineData("subnet", "ETHERNET_VIRTUALIZER")]
    public async Task Wrong_and_taken_names_and_strangers_change_nothing(string kind, string type)
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc(type);
        Task<JsonNode> New() => kind == "subnet" ? tenant.NewSubnet(vpc, 26) : tenant.NewPrefix(vpc, 26);
        var (first, second) = (await New(), await New());
        var path = $"{kind}/{first["id"]}";
        var before = await tenant.Client.Eventually(path, n => n["status"].Text() == "Ready");
        (await tenant.Client.Patch(path, new { name = second["name"].Text() })).ConflictsWith(second["id"]);
        foreach (var name in new[] { "", "x", "naïve", new string('x', 257) })
        {
            (await tenant.Client.Patch(path, new { name })).Fails(400, "name");
        }

        (await (await Tenant()).Client.Patch(path, new { name = "mine now" })).Is(404);
        (await world.Running.As(TestHost.NewOrg(), "TENANT_ADMIN").Patch(path, new { name = "mine now" })).Is(400);
        (await world.Running.As(tenant.Client.Org, "PROVIDER_ADMIN").Patch(path, new { name = "mine now" })).Is(403);
        (await tenant.Client.Patch($"{kind}/{Guid.NewGuid()}", new { name = "nothing" })).Is(404);
        (await tenant.Client.Patch($"{kind}/x", new { name = "nothing" })).Is(400);
        Assert.Equal(before.ToJsonString(), (await tenant.Client.Get(path)).Is(200).ToJsonString());
    }

    private async Task<NetworkTenant> Tenant()
    {
        await world.Mend();
        return await world.NewTenant(24);
    }

    private string AtSite(JsonNode prefix) => world.Simulated.VpcPrefix(prefix["id"].Text())!.Metadata.Name;
}
