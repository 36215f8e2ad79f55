using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteProtocol.Forge;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>VPCs that are renamed and made another way: spec/21-vpc.md, sections 3.4, 3.5 and 8.</summary>
public sealed class VpcChangeTests(ImpatientWorld world) : IClassFixture<ImpatientWorld>
{
    [Fact]
    public async Task What_is_named_changes_here_and_at_the_site()
    {
        var tenant = await Tenant();
        var vpc = (await tenant.Client.Post("vpc", new { name = "first", description = "old", siteId = world.SiteId, labels = new { a = "1" } })).Is(201);
        var path = $"vpc/{vpc["id"]}";
        var changed = (await tenant.Client.Patch(path, new { name = "second", description = "new", labels = new { b = "2", c = "" } })).Is(200);
        Assert.Equal("second", changed["name"].Text());
        Assert.Equal("new", changed["description"].Text());
        Assert.Equal("Ready", changed["status"].Text());
        Assert.Equal(vpc["statusHistory"]!.ToJsonString(), changed["statusHistory"]!.ToJsonString());
        Assert.True(changed["updated"].Time() > vpc["updated"].Time());
        Assert.Equal(changed.ToJsonString(), (await tenant.Client.Get(path)).Is(200).ToJsonString());
        Assert.Equal("second/new/b=2,c=", AtSite(vpc));

        Assert.Equal("new", (await tenant.Client.Patch(path, new { name = "second" })).Is(200)["description"].Text());
        Assert.Equal("""{"b":"2","c":""}""", (await tenant.Client.Patch(path, new { labels = (object?)null })).Is(200)["labels"]!.ToJsonString());
        Assert.Equal("{}", (await tenant.Client.Patch(path, new { labels = new { } })).Is(200)["labels"]!.ToJsonString());
        Assert.Equal("", (await tenant.Client.Patch(path, new { description = "" })).Is(200)["description"].Text());
        Assert.Equal("second//", AtSite(vpc));
        await world.Rounds("vpc");
        Assert.Equal("second", (await tenant.Client.Get(path)).Is(200)["name"].Text());
        Assert.Null(await Undo(vpc));
    }

    [Fact]
    public async Task Groups_and_partitions_are_taken_away_and_unknown_ones_refused()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc();
        var path = $"vpc/{vpc["id"]}";
        (await tenant.Client.Patch(path, new { networkSecurityGroupId = "" })).Is(200);
        (await tenant.Client.Patch(path, new { networkSecurityGroupId = Guid.NewGuid() })).Fails(400, "networkSecurityGroupId");
        (await tenant.Client.Patch(path, new { nvLinkLogicalPartitionId = "" })).Fails(400, "nvLinkLogicalPartitionId");
        await world.Execute("update hardware.site set nv_link_partition = true where id = @SiteId", world);
        (await tenant.Client.Patch(path, new { nvLinkLogicalPartitionId = "" })).Is(200);
        (await tenant.Client.Patch(path, new { nvLinkLogicalPartitionId = Guid.NewGuid() })).Fails(400, "nvLinkLogicalPartitionId");
        (await tenant.Client.Patch(path, new { nvLinkLogicalPartitionId = "x" })).Fails(400, "nvLinkLogicalPartitionId");
        await world.Execute("update hardware.site set nv_link_partition = false where id = @SiteId", world);
    }

    [Fact]
    public async Task Wrong_values_and_taken_names_change_nothing()
    {
        var tenant = await Tenant();
        var (vpc, other) = (await tenant.NewVpc(), await tenant.NewVpc());
        var path = $"vpc/{vpc["id"]}";
        (await tenant.Client.Patch(path, new { name = other["name"].Text() })).ConflictsWith(other["id"]);
        foreach (var (field, value) in new (string, JsonNode?)[]
        {
            ("name", ""), ("name", "x"), ("name", " x y"), ("name", "naïve"), ("name", new string('x', 257)), ("name", 1), ("description", new string('x', 1025)),
            ("labels", new JsonObject { [" "] = "v" }), ("labels", new JsonObject { ["k"] = new string('v', 256) }), ("labels", "x"),
        })
        {
            (await tenant.Client.Patch(path, new JsonObject { [field] = value })).Fails(400, field);
        }

        (await tenant.Client.Patch("vpc/x", new { })).Fails(400, "vpcId");
        (await tenant.Client.Patch($"vpc/{Guid.NewGuid()}", new { })).Is(404);
        (await (await Tenant()).Client.Patch(path, new { name = "mine now" })).Is(404);
        (await world.Running.As(TestHost.NewOrg(), "TENANT_ADMIN").Patch(path, new { name = "mine now" })).Is(403);
        (await world.Running.As(tenant.Client.Org, "PROVIDER_ADMIN").Patch(path, new { name = "mine now" })).Is(403);
        (await world.Provider.Delete($"allocation/{tenant.AllocationId}")).Is(202);
        (await tenant.Client.Patch(path, new { name = "late" })).Is(403);
        Assert.Equal(vpc.ToJsonString(), (await tenant.Client.Get(path)).Is(200).ToJsonString());
    }

    [Fact]
    public async Task A_refused_change_is_answered_and_undone()
    {
        var tenant = await Tenant();
        var vpc = (await tenant.Client.Post("vpc", new { name = "first", siteId = world.SiteId, labels = new { a = "1" } })).Is(201);
        var path = $"vpc/{vpc["id"]}";
        foreach (var (code, status) in new[] { (StatusCode.InvalidArgument, 400), (StatusCode.PermissionDenied, 403), (StatusCode.FailedPrecondition, 412), (StatusCode.Unimplemented, 501) })
        {
            world.Fault(Fault.Refuse("UpdateVpc", code, message: "no such name"));
            Assert.Contains("no such name", (await tenant.Client.Patch(path, new { name = "second", description = "new", labels = new { } })).Is(status)["message"].Text());
            var back = (await tenant.Client.Get(path)).Is(200);
            Assert.Equal("first", back["name"].Text());
            Assert.Null(back["description"]);
            Assert.Equal("""{"a":"1"}""", back["labels"]!.ToJsonString());
            Assert.Equal("Ready", back["status"].Text());
            Assert.Contains("no such name", back["statusHistory"]![0]!["message"].Text());
        }

        Assert.Null(await Undo(vpc));
        Assert.Equal("first//a=1", AtSite(vpc));
        (await tenant.Client.Post("vpc", tenant.VpcOrder(name: "second"))).Is(201);
    }

    [Fact]
    public async Task A_change_that_the_site_does_not_hear_is_carried_out_later_and_its_old_name_stays_spoken_for()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc(name: "first");
        var other = await tenant.NewVpc(name: "other");
        await world.Down();
        foreach (var name in new[] { "second", "third" })
        {
            Assert.Equal(name, (await tenant.Client.Patch($"vpc/{vpc["id"]}", new { name })).Is(200)["name"].Text());
        }

        foreach (var name in new[] { "first", "second", "third" })
        {
            (await tenant.Client.Post("vpc", tenant.VpcOrder(name: name))).ConflictsWith(vpc["id"]);
            (await tenant.Client.Patch($"vpc/{other["id"]}", new { name })).ConflictsWith(vpc["id"]);
        }

        var updates = world.Accepted("UpdateVpc");
        await world.Mend();
        await Wait.Until(async () => AtSite(vpc) == "third//" && await Undo(vpc) is null, what: "the site has it");
        Assert.Equal(updates + 1, world.Accepted("UpdateVpc"));
        (await tenant.Client.Post("vpc", tenant.VpcOrder(name: "first"))).Is(201);
    }

    [Fact]
    public async Task Changes_that_are_refused_later_are_undone_to_what_the_site_has()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc(name: "first");
        await world.Down();
        (await tenant.Client.Patch($"vpc/{vpc["id"]}", new { name = "second" })).Is(200);
        (await tenant.Client.Patch($"vpc/{vpc["id"]}", new { name = "third", labels = new { a = "1" } })).Is(200);
        world.Fault(Fault.Refuse("UpdateVpc", StatusCode.FailedPrecondition, message: "not today"));
        await world.Up();
        var back = await tenant.Client.Eventually($"vpc/{vpc["id"]}", v => v["name"].Text() == "first");
        Assert.Equal("{}", back["labels"]!.ToJsonString());
        Assert.Equal("Ready", back["status"].Text());
        Assert.Contains("not today", back["statusHistory"]![0]!["message"].Text());
        await world.Mend();
        Assert.Equal("first//", AtSite(vpc));
    }

    [Fact]
    public async Task A_lost_answer_changes_nothing_twice()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc();
        world.Fault(Fault.LostAnswer("UpdateVpc", cut: true));
        (await tenant.Client.Patch($"vpc/{vpc["id"]}", new { name = "second" })).Is(200);
        await Wait.Until(async () => await Undo(vpc) is null, what: "it is settled");
        Assert.Equal("second//", AtSite(vpc));
        Assert.Equal("second", (await tenant.Client.Get($"vpc/{vpc["id"]}")).Is(200)["name"].Text());
        await world.Mend();
    }

    [Fact]
    public async Task A_VPC_that_goes_is_not_changed_and_one_that_stays_is_told_again()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc(name: "first");
        await world.Down();
        (await tenant.Client.Patch($"vpc/{vpc["id"]}", new { name = "second" })).Is(200);
        (await tenant.Client.Delete($"vpc/{vpc["id"]}")).Is(202);
        (await tenant.Client.Patch($"vpc/{vpc["id"]}", new { name = "third" })).Is(409);
        world.Fault(Fault.Refuse("DeleteVpc", StatusCode.FailedPrecondition, message: "in use by hand"));
        await world.Up();
        await tenant.Client.Eventually($"vpc/{vpc["id"]}", v => v["status"].Text() == "Ready");
        await Wait.Until(() => AtSite(vpc) == "second//", what: "the site has its name");
        await Wait.Until(async () => await Undo(vpc) is null, what: "it is settled");
        await world.Mend();
    }

    [Theory]
    [InlineData("ETHERNET_VIRTUALIZER")]
    [InlineData("FLAT")]
    public async Task An_empty_VPC_is_made_FNN(string type)
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc(type);
        var path = $"vpc/{vpc["id"]}/virtualization";
        var changed = (await tenant.Client.Patch(path, new { networkVirtualizationType = "FNN" })).Is(200);
        Assert.Equal("FNN", changed["networkVirtualizationType"].Text());
        Assert.Equal("Ready", changed["status"].Text());
        Assert.Equal(["Ready", "Configuring"], changed.Statuses().Take(2));
        Assert.Equal(VpcVirtualizationType.Fnn, world.Simulated.Vpc(vpc["id"].Text())!.NetworkVirtualizationType);
        await world.Rounds("vpc");
        Assert.Equal(changed.ToJsonString(), (await tenant.Client.Get($"vpc/{vpc["id"]}")).Is(200).ToJsonString());
        await tenant.NewPrefix(vpc);
        (await tenant.Client.Patch(path, new { networkVirtualizationType = "FNN" })).Fails(400, "networkVirtualizationType");
    }

    [Fact]
    public async Task Only_an_empty_Ready_VPC_of_ones_own_is_made_FNN()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc("ETHERNET_VIRTUALIZER");
        var path = $"vpc/{vpc["id"]}/virtualization";
        var order = new { networkVirtualizationType = "FNN" };
        foreach (var value in new[] { "FLAT", "ETHERNET_VIRTUALIZER", "FNN_L3", "", null })
        {
            (await tenant.Client.Patch(path, new { networkVirtualizationType = value })).Fails(400, "networkVirtualizationType");
        }

        (await (await Tenant()).Client.Patch(path, order)).Is(404);
        (await tenant.Client.Patch($"vpc/{Guid.NewGuid()}/virtualization", order)).Is(404);
        (await tenant.Client.Patch("vpc/x/virtualization", order)).Fails(400, "vpcId");
        (await world.Running.As(tenant.Client.Org, "PROVIDER_ADMIN").Patch(path, order)).Is(403);
        await world.Execute("update hardware.site set native_networking = false where id = @SiteId", world);
        (await tenant.Client.Patch(path, order)).Is(400);
        await world.Execute("update hardware.site set native_networking = true where id = @SiteId", world);
        var subnet = await tenant.NewSubnet(vpc);
        (await tenant.Client.Patch(path, order)).Is(400);
        (await tenant.Client.Delete($"subnet/{subnet["id"]}")).Is(204);
        await tenant.Client.Gone($"subnet/{subnet["id"]}");
        await world.Down();
        var pending = (await tenant.Client.Post("vpc", tenant.VpcOrder("FLAT"))).Is(201);
        (await tenant.Client.Patch($"vpc/{pending["id"]}/virtualization", order)).Is(400);
        await world.Mend();
        (await tenant.Client.Patch(path, order)).Is(200);
        var flat = await tenant.NewVpc("FLAT");
        (await world.Provider.Delete($"allocation/{tenant.AllocationId}")).Is(202);
        (await tenant.Client.Patch($"vpc/{flat["id"]}/virtualization", order)).Is(403);
    }

    [Fact]
    public async Task A_refused_virtualization_is_answered_and_taken_back()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc("ETHERNET_VIRTUALIZER");
        foreach (var (code, status) in new[] { (StatusCode.InvalidArgument, 400), (StatusCode.FailedPrecondition, 412), (StatusCode.Unimplemented, 501) })
        {
            world.Fault(Fault.Refuse("UpdateVpcVirtualization", code, message: "never ever"));
            (await tenant.Client.Patch($"vpc/{vpc["id"]}/virtualization", new { networkVirtualizationType = "FNN" })).Is(status);
            var back = (await tenant.Client.Get($"vpc/{vpc["id"]}")).Is(200);
            Assert.Equal("ETHERNET_VIRTUALIZER", back["networkVirtualizationType"].Text());
            Assert.Equal("Ready", back["status"].Text());
            Assert.Contains("never ever", back["statusHistory"]![0]!["message"].Text());
        }

        await tenant.NewSubnet(vpc);
    }

    [Fact]
    public async Task While_the_site_is_away_a_VPC_is_Configuring_and_takes_nothing_in()
    {
        var tenant = await Tenant();
        var (vpc, refused) = (await tenant.NewVpc("ETHERNET_VIRTUALIZER"), await tenant.NewVpc("FLAT"));
        await world.Down();
        foreach (var id in new[] { vpc["id"], refused["id"] })
        {
            var configuring = (await tenant.Client.Patch($"vpc/{id}/virtualization", new { networkVirtualizationType = "FNN" })).Is(200);
            Assert.Equal("Configuring", configuring["status"].Text());
            (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(configuring))).Fails(400, "vpcId");
            (await tenant.Client.Post("subnet", tenant.SubnetOrder(configuring))).Fails(400, "vpcId");
        }

        Assert.Equal(2, (await tenant.Client.Get("vpc?status=Configuring")).Total);

        // A change of the name meanwhile does not take its place.
        (await tenant.Client.Patch($"vpc/{vpc["id"]}", new { name = "renamed" })).Is(200);
        world.Fault(new Fault { Kind = FaultKind.Refuse, Rpc = "UpdateVpcVirtualization", Target = refused["id"].Text(), Code = StatusCode.FailedPrecondition, Message = "not today" });
        await world.Up();
        var made = await tenant.Client.Eventually($"vpc/{vpc["id"]}", v => v["status"].Text() == "Ready");
        Assert.Equal("FNN", made["networkVirtualizationType"].Text());
        await Wait.Until(() => world.Simulated.Vpc(vpc["id"].Text()) is { NetworkVirtualizationType: VpcVirtualizationType.Fnn, Metadata.Name: "renamed" }, what: "the site has both");
        var back = await tenant.Client.Eventually($"vpc/{refused["id"]}", v => v["status"].Text() == "Ready");
        Assert.Equal("FLAT", back["networkVirtualizationType"].Text());
        Assert.Contains("not today", back["statusHistory"]![0]!["message"].Text());

        // An operator has it tried again (reports must not have the say meanwhile): not while there is something in the VPC's way, and then the VPC is on its way once more.
        await world.Mend();
        await world.Execute("update networking.vpc set status = 'Error', touched = clock_timestamp() + interval '1 hour' where id = @id", new { id = refused["id"].Id() });
        Assert.Equal(400, await world.Retry(refused["id"].Text()));
        await world.Execute("update networking.vpc set status = 'Ready', touched = clock_timestamp() where id = @id", new { id = refused["id"].Id() });
        Assert.Equal(200, await world.Retry(refused["id"].Text()));
        var routed = await tenant.Client.Eventually($"vpc/{refused["id"]}", v => v["status"].Text() == "Ready" && v["networkVirtualizationType"].Text() == "FNN");
        Assert.Equal(["Ready", "Configuring"], routed["statusHistory"]!.AsArray().Take(2).Select(entry => entry!["status"].Text()));
        await tenant.NewPrefix(routed);
    }

    [Fact]
    public async Task A_VPC_that_is_being_made_another_way_can_go()
    {
        var tenant = await Tenant();
        var vpc = await tenant.NewVpc("FLAT");
        await world.Down();
        (await tenant.Client.Patch($"vpc/{vpc["id"]}/virtualization", new { networkVirtualizationType = "FNN" })).Is(200);
        (await tenant.Client.Delete($"vpc/{vpc["id"]}")).Is(202);
        world.Fault(Fault.Refuse("DeleteVpc", StatusCode.FailedPrecondition, message: "in use by hand"));
        await world.Up();
        var back = await tenant.Client.Eventually($"vpc/{vpc["id"]}", v => v["status"].Text() != "Deleting");
        Assert.Equal("Ready", back["status"].Text());
        Assert.Equal("FNN", back["networkVirtualizationType"].Text());
        await world.Mend();
        (await tenant.Client.Delete($"vpc/{vpc["id"]}")).Is(202);
        await tenant.Client.Gone($"vpc/{vpc["id"]}");
    }

    private async Task<NetworkTenant> Tenant()
    {
        await world.Mend();
        return await world.NewTenant(24);
    }

    private string AtSite(JsonNode vpc)
    {
        var metadata = world.Simulated.Vpc(vpc["id"].Text())!.Metadata;
        return $"{metadata.Name}/{metadata.Description}/{string.Join(',', metadata.Labels.Select(label => $"{label.Key}={label.Value}").Order())}";
    }

    private Task<string?> Undo(JsonNode vpc) => world.Read<string?>("select undo::text from networking.vpc where id = @id", new { id = vpc["id"].Id() });
}
