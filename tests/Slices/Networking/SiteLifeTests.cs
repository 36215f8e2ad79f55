using System.Text.Json.Nodes;
using Grpc.Core;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Networking;

/// <summary>
/// What becomes of VPCs, VPC prefixes and subnets when their site is away, refuses, forgets or changes its mind:
/// the specs' README, point 3; spec/60-site-link.md, sections 5, 8 and 14.
/// </summary>
public sealed class SiteLifeTests(ImpatientWorld world) : IClassFixture<ImpatientWorld>
{
    private const int NotEnough = 400;

    public static TheoryData<string> Kinds => ["vpc", "vpc-prefix", "subnet"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_order_that_the_site_does_not_hear_is_answered_as_it_stands_and_carried_out_later(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var accepted = world.Accepted(thing.CreateRpc);
        await world.Down();
        var made = (await thing.Order()).Is(201);
        Assert.Equal(kind == "vpc-prefix" ? "Ready" : "Pending", made["status"].Text());
        Assert.False(thing.IsThere(made));
        await world.Mend();
        await thing.Ready(made);
        await Wait.Until(() => thing.IsThere(made), what: "the site has it");
        Assert.Equal(accepted + 1, world.Accepted(thing.CreateRpc));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_refusal_is_answered_and_leaves_no_trace(string kind)
    {
        var thing = await Thing.Of(kind, world);
        foreach (var (code, status) in new[]
        {
            (StatusCode.InvalidArgument, 400), (StatusCode.OutOfRange, 400), (StatusCode.PermissionDenied, 403), (StatusCode.NotFound, 404), (StatusCode.AlreadyExists, 409),
            (StatusCode.FailedPrecondition, 412), (StatusCode.Unimplemented, 501),
        })
        {
            world.Fault(Fault.Refuse(thing.CreateRpc, code, message: "never ever"));
            var error = (await thing.Order("same name")).Is(status);
            Assert.Contains("never ever", error["message"].Text());
            Assert.Equal(0, (await thing.Tenant.Client.Get(kind)).Total);
            await thing.Untaken();
        }

        Assert.Equal(0, await world.Read<int>(
            "select count(*)::integer from networking.status_history where message like '%never ever%'", new { }));
        (await thing.Order("same name")).Is(201);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_later_refusal_shows_and_the_resource_can_go(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var made = await thing.RefusedLater();
        Assert.Contains("not today", made["statusHistory"]![0]!["message"].Text());
        Assert.Equal("Error", made.Statuses()[0]);
        await thing.Untaken();
        if (kind != "vpc")
        {
            // The block is still named by it.
            (await world.Provider.Delete($"allocation/{thing.Tenant.AllocationId}")).Is(400);
        }

        await world.Rounds(kind);
        Assert.Equal("Error", (await thing.Read(made)).Is(200)["status"].Text());
        await thing.Delete(made);
        await thing.Tenant.Client.Gone($"{kind}/{made["id"]}");
        Assert.False(thing.IsThere(made));
        if (kind != "vpc")
        {
            (await world.Provider.Delete($"allocation/{thing.Tenant.AllocationId}")).Is(202);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_operator_has_a_refused_order_tried_again(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var made = await thing.RefusedLater();
        Assert.Equal(200, await world.Retry(made["id"].Text()));
        await thing.Ready(made);
        await Wait.Until(() => thing.IsThere(made), what: "the site has it");
        await thing.Taken();
        Assert.Contains("Error", (await thing.Read(made)).Is(200).Statuses());
    }

    [Theory]
    [InlineData("vpc-prefix")]
    [InlineData("subnet")]
    public async Task An_order_is_not_tried_again_when_others_have_its_addresses(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var made = await thing.RefusedLater();
        (await thing.Order()).Is(201);
        Assert.Equal(409, await world.Retry(made["id"].Text()));
        Assert.Equal("Error", (await thing.Read(made)).Is(200)["status"].Text());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_site_that_fails_again_and_again_is_given_up(string kind)
    {
        var thing = await Thing.Of(kind, world);
        world.Fault(Fault.Refuse(thing.CreateRpc, StatusCode.Internal, count: null, message: "out of order"));
        var made = (await thing.Order()).Is(201);
        var failed = await thing.Tenant.Client.Eventually($"{kind}/{made["id"]}", t => t["status"].Text() == "Error");
        Assert.Contains("out of order", failed["statusHistory"]![0]!["message"].Text());
        await world.Mend();
        await thing.Untaken();
    }

    [Theory]
    [InlineData("vpc", true)]
    [InlineData("vpc", false)]
    [InlineData("vpc-prefix", true)]
    [InlineData("vpc-prefix", false)]
    [InlineData("subnet", true)]
    [InlineData("subnet", false)]
    public async Task A_lost_answer_makes_nothing_twice(string kind, bool cut)
    {
        var thing = await Thing.Of(kind, world);
        var accepted = world.Accepted(thing.CreateRpc);
        world.Fault(Fault.LostAnswer(thing.CreateRpc, cut: cut));
        var made = (await thing.Order()).Is(201);
        await thing.Ready(made);
        Assert.True(thing.IsThere(made));
        Assert.Equal(accepted + 1, world.Accepted(thing.CreateRpc));
        world.Fault(Fault.LostAnswer(thing.DeleteRpc, cut: cut));
        await thing.Delete(made);
        await thing.Tenant.Client.Gone($"{kind}/{made["id"]}");
        Assert.False(thing.IsThere(made));
        await thing.Untaken();
        await world.Mend();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_call_that_arrives_twice_makes_nothing_twice(string kind)
    {
        var thing = await Thing.Of(kind, world);
        world.Fault(Fault.Duplicate(thing.CreateRpc));
        var made = (await thing.Order()).Is(201);
        await thing.Ready(made);
        world.Fault(Fault.Duplicate(thing.DeleteRpc));
        await thing.Delete(made);
        await thing.Tenant.Client.Gone($"{kind}/{made["id"]}");
        await world.Mend();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_deletion_that_is_written_while_the_creation_is_recorded_stands(string kind)
    {
        var thing = await Thing.Of(kind, world);
        world.Fault(new Fault { Kind = FaultKind.Slow, Rpc = thing.CreateRpc, Delay = TimeSpan.FromSeconds(1), Count = 1 });
        var order = thing.Order("deleted meanwhile");
        await world.Database.Wins($"networking.{kind.Replace('-', '_')}", "name = 'deleted meanwhile'", "status_before_deletion = status, status = 'Deleting'");
        Assert.Equal("Deleting", (await thing.Read((await order).Is(201))).Is(200)["status"].Text());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_creation_that_arrives_once_more_after_the_deletion_is_undone(string kind)
    {
        var thing = await Thing.Of(kind, world);
        JsonNode made = new JsonObject();
        await world.Simulated.ArrivesLate(thing.CreateRpc, async () =>
        {
            made = await thing.Make();
            await thing.Delete(made);
            await thing.Tenant.Client.Gone($"{kind}/{made["id"]}");
        });
        await Wait.Until(() => !thing.IsThere(made), what: "it is gone from the site");
        await thing.Untaken();
        await Wait.Until(
            async () => !await world.Read<bool>("select exists (select from networking.occupied_range where id = @id)", new { id = made["id"].Id() }),
            what: "a round has missed it");
        await thing.Make();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_deletion_lasts_until_the_site_has_let_go(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var made = await thing.Make();
        await world.Down();
        await thing.Delete(made);
        var deleting = (await thing.Read(made)).Is(200);
        Assert.Equal("Deleting", deleting["status"].Text());
        Assert.Equal("Deleting", deleting.Statuses()[0]);
        await thing.Delete(made);
        Assert.Equal(deleting.ToJsonString(), (await thing.Read(made)).Is(200).ToJsonString());
        await thing.Taken();
        (await thing.Order(made["name"].Text())).Is(kind == "vpc" ? 409 : NotEnough);
        Assert.True(thing.IsThere(made));
        await world.Mend();
        await thing.Tenant.Client.Gone($"{kind}/{made["id"]}");
        await thing.Untaken();
        Assert.False(thing.IsThere(made));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_refused_deletion_is_answered_and_taken_back(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var made = await thing.Make();
        foreach (var (code, status) in new[] { (StatusCode.InvalidArgument, 400), (StatusCode.PermissionDenied, 403), (StatusCode.FailedPrecondition, 412), (StatusCode.Unimplemented, 501) })
        {
            world.Fault(Fault.Refuse(thing.DeleteRpc, code, message: "in use by hand"));
            var error = (await thing.Tenant.Client.Delete($"{kind}/{made["id"]}")).Is(status);
            Assert.Contains("in use by hand", error["message"].Text());
            var back = (await thing.Read(made)).Is(200);
            Assert.Equal("Ready", back["status"].Text());
            Assert.Equal(["Ready", "Deleting"], back.Statuses().Take(2));
            Assert.Contains("in use by hand", back["statusHistory"]![0]!["message"].Text());
            await thing.Taken();
        }

        await thing.Delete(made);
        await thing.Tenant.Client.Gone($"{kind}/{made["id"]}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_deletion_that_is_refused_later_is_taken_back_and_can_be_repeated(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var made = await thing.Make();
        await world.Down();
        await thing.Delete(made);
        world.Fault(Fault.Refuse(thing.DeleteRpc, StatusCode.FailedPrecondition, count: null, message: "in use by hand"));
        await world.Up();
        var back = await thing.Tenant.Client.Eventually($"{kind}/{made["id"]}", t => t["status"].Text() == "Ready");
        Assert.Contains("in use by hand", back["statusHistory"]![0]!["message"].Text());
        await world.Mend();
        await thing.Delete(made);
        await thing.Tenant.Client.Gone($"{kind}/{made["id"]}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_the_site_does_not_have_is_deleted_at_once(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var made = await thing.Make();
        world.Fault(Fault.Lose(thing.Resource, made["id"].Text()));
        await thing.Delete(made);
        (await thing.Read(made)).Is(404);
        await thing.Untaken();
        await world.Mend();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_was_never_sent_goes_without_its_site(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var received = world.Simulated.ReceivedCalls.GetValueOrDefault(thing.DeleteRpc);
        await world.Down();
        var made = (await thing.Order()).Is(201);
        await thing.Delete(made);
        await thing.Tenant.Client.Gone($"{kind}/{made["id"]}");
        await thing.Untaken();
        await world.Mend();
        await world.Rounds(kind);
        Assert.False(thing.IsThere(made));
        Assert.Equal(received, world.Simulated.ReceivedCalls.GetValueOrDefault(thing.DeleteRpc));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_its_site_misses_is_in_Error_until_it_is_back(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var made = await thing.Make();
        var before = (await thing.Read(made)).Is(200).Statuses().Length;
        var fault = world.Fault(Fault.Lose(thing.Resource, made["id"].Text()));
        var missing = await thing.Tenant.Client.Eventually($"{kind}/{made["id"]}", t => t["status"].Text() == "Error");
        Assert.Equal(before + 1, missing.Statuses().Length);
        await world.Rounds(kind, 3);
        Assert.Equal(missing.ToJsonString(), (await thing.Read(made)).Is(200).ToJsonString());
        await thing.Taken();
        world.Simulated.Faults.Remove(fault.Id);
        var back = await thing.Tenant.Client.Eventually($"{kind}/{made["id"]}", t => t["status"].Text() == "Ready");
        Assert.Equal(["Ready", "Error"], back.Statuses().Take(2));
        Assert.Equal(before + 2, back.Statuses().Length);
        await world.Rounds(kind);
        Assert.Equal(back.ToJsonString(), (await thing.Read(made)).Is(200).ToJsonString());
        fault = world.Fault(Fault.Lose(thing.Resource, made["id"].Text()));
        await thing.Tenant.Client.Eventually($"{kind}/{made["id"]}", t => t["status"].Text() == "Error");
        await thing.Delete(made);
        await thing.Tenant.Client.Gone($"{kind}/{made["id"]}");
        await thing.Untaken();
        world.Simulated.Faults.Remove(fault.Id);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_incomplete_inventory_flags_nothing(string kind)
    {
        var thing = await Thing.Of(kind, world);
        var made = await thing.Make();
        var before = (await thing.Read(made)).Is(200).ToJsonString();
        foreach (var fault in new[]
        {
            new Fault { Kind = FaultKind.ChunkFails, Resource = thing.Resource, Chunk = 1, Code = StatusCode.Internal },
            new Fault { Kind = FaultKind.DuplicateIds, Resource = thing.Resource },
            new Fault { Kind = FaultKind.UnknownIds, Resource = thing.Resource },
            new Fault { Kind = FaultKind.ObjectsMissing, Resource = thing.Resource, Target = made["id"].Text() },
        })
        {
            world.Fault(fault);
            await world.Rounds(kind, 3, complete: false);
            await world.Mend();
            Assert.Equal(before, (await thing.Read(made)).Is(200).ToJsonString());
        }
    }

    [Fact]
    public async Task Nothing_waits_for_a_site_s_machines_to_be_read()
    {
        var thing = await Thing.Of("subnet", world);
        var fault = world.Fault(new Fault { Kind = FaultKind.Slow, Rpc = "FindMachinesByIds", Delay = TimeSpan.FromSeconds(8) });
        await Wait.Until(() => world.Simulated.Faults.Active.First(active => active.Id == fault.Id).Struck > 0, what: "machines are being read");
        var before = await Machines();
        await thing.Make();
        await world.Rounds("subnet");
        Assert.Equal(before, await Machines());
        await world.Mend();

        async Task<string> Machines() => (await world.Overview())["kinds"]!.AsArray().Single(kind => kind!["kind"].Text() == "machine")!["fence"].Text();
    }

    [Fact]
    public async Task A_VPC_is_called_at_its_site_what_Nico_calls_it()
    {
        var tenant = await world.NewTenant();
        var vpc = (await tenant.Client.Post("vpc", new { name = "right", siteId = world.SiteId, labels = new Dictionary<string, string> { ["a"] = "1", ["b"] = "" } })).Is(201);
        var id = vpc["id"].Text();
        await world.Rounds("vpc");
        var updates = world.Accepted("UpdateVpc");
        foreach (var drift in new[]
        {
            new Fault { Kind = FaultKind.Drift, Resource = "vpc", Target = id, Name = "wrong" },
            new Fault { Kind = FaultKind.Drift, Resource = "vpc", Target = id, Description = "by hand" },
            new Fault { Kind = FaultKind.Drift, Resource = "vpc", Target = id, Labels = new Dictionary<string, string> { ["a"] = "1", ["c"] = "" } },
        })
        {
            world.Fault(drift);
            await Wait.Until(() => IsRight(), what: "it is put right");
            await world.Rounds("vpc");
            Assert.Equal(++updates, world.Accepted("UpdateVpc"));
        }

        Assert.Equal(vpc["statusHistory"]!.ToJsonString(), (await tenant.Client.Get($"vpc/{id}")).Is(200)["statusHistory"]!.ToJsonString());

        // The fourth time within ten minutes it is only told.
        world.Fault(new Fault { Kind = FaultKind.Drift, Resource = "vpc", Target = id, Name = "wrong again" });
        await Wait.Until(async () => Drift(await world.Overview(), "vpc").Contains(id), what: "it is told");
        Assert.Equal(updates, world.Accepted("UpdateVpc"));
        Assert.Equal("right", (await tenant.Client.Get($"vpc/{id}")).Is(200)["name"].Text());
        await world.Execute("update networking.vpc set pushes_since = pushes_since - interval '11 minutes' where id = @id", new { id = Guid.Parse(id) });
        await Wait.Until(() => IsRight(), what: "it is put right in time");

        bool IsRight() => world.Simulated.Vpc(id)!.Metadata is { Name: "right", Description: "" } metadata
            && metadata.Labels.Select(label => $"{label.Key}={label.Value}").Order().SequenceEqual(["a=1", "b="]);
    }

    [Fact]
    public async Task A_correction_that_the_site_refuses_is_told()
    {
        var tenant = await world.NewTenant();
        var vpc = await tenant.NewVpc();
        world.Fault(Fault.Refuse("UpdateVpc", StatusCode.InvalidArgument, message: "no such name"));
        world.Fault(new Fault { Kind = FaultKind.Drift, Resource = "vpc", Target = vpc["id"].Text(), Name = "wrong" });
        var told = await tenant.Client.Eventually($"vpc/{vpc["id"]}", v => v.Statuses().Length == 3);
        Assert.Equal("Ready", told["status"].Text());
        Assert.Contains("no such name", told["statusHistory"]![0]!["message"].Text());
    }

    [Fact]
    public async Task What_Nico_does_not_know_is_drift_and_nothing_else()
    {
        var tenant = await world.NewTenant();
        var vpc = world.Fault(new Fault { Kind = FaultKind.ObjectAppears, Resource = "vpc", Tenant = tenant.Client.Org, Name = "stranger" });
        var ethernet = await tenant.NewVpc("ETHERNET_VIRTUALIZER");
        var prefix = world.Fault(new Fault { Kind = FaultKind.ObjectAppears, Resource = "vpc-prefix", Parent = vpc.Target, Network = "192.168.77.0/24" });
        var segment = world.Fault(new Fault { Kind = FaultKind.ObjectAppears, Resource = "segment", Parent = ethernet["id"].Text(), Network = "192.168.78.0/24" });
        await Wait.Until(
            async () => await world.Overview() is var all
                && Drift(all, "vpc").Contains(vpc.Target) && Drift(all, "vpc-prefix").Contains(prefix.Target) && Drift(all, "subnet").Contains(segment.Target),
            what: "they are told");
        Assert.Equal([ethernet["id"].Id()], (await tenant.Client.Get("vpc")).Items().Ids());
        Assert.Empty((await tenant.Client.Get("vpc-prefix")).Items());
        Assert.Empty((await tenant.Client.Get("subnet")).Items());
        await world.Mend();
        await Wait.Until(async () => !Drift(await world.Overview(), "subnet").Contains(segment.Target), what: "they are gone");
    }

    [Fact]
    public async Task Networks_wait_for_their_VPC_and_VPCs_for_their_tenant()
    {
        await world.Down();
        var tenant = await world.NewTenant();
        var vpc = (await tenant.Client.Post("vpc", tenant.VpcOrder())).Is(201);
        Assert.Equal("Pending", vpc["status"].Text());
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc))).Fails(400, "vpcId");
        await world.Mend();
        await tenant.Client.Eventually($"vpc/{vpc["id"]}", v => v["status"].Text() == "Ready");
        Assert.NotNull(world.Simulated.Tenant(tenant.Client.Org));
    }

    [Fact]
    public async Task Nothing_is_deleted_at_a_site_that_is_not_Registered()
    {
        var tenant = await world.NewTenant();
        var (fnn, ethernet) = (await tenant.NewVpc(), await tenant.NewVpc("ETHERNET_VIRTUALIZER"));
        var (prefix, subnet) = (await tenant.NewPrefix(fnn), await tenant.NewSubnet(ethernet));
        await tenant.Client.Eventually($"subnet/{subnet["id"]}", s => s["status"].Text() == "Ready");
        var empty = await tenant.NewVpc();
        await world.Down();
        await world.Execute("update hardware.site set status = 'Pending' where id = @SiteId", world);
        foreach (var path in new[] { $"vpc/{empty["id"]}", $"vpc-prefix/{prefix["id"]}", $"subnet/{subnet["id"]}" })
        {
            (await tenant.Client.Delete(path)).Is(400);
            Assert.Equal("Ready", (await tenant.Client.Get(path)).Is(200)["status"].Text());
        }

        (await tenant.Client.Post("vpc", tenant.VpcOrder())).Fails(400, "siteId");
        (await tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(fnn))).Is(400);
        (await tenant.Client.Post("subnet", tenant.SubnetOrder(ethernet))).Is(400);
        await world.Mend();
        await world.Provider.Eventually($"site/{world.SiteId}", site => site["status"].Text() == "Registered");
    }

    private static string[] Drift(JsonNode overview, string kind) =>
        [.. overview["kinds"]!.AsArray().Where(k => k!["kind"].Text() == kind).SelectMany(k => k!["drift"]!.AsArray()).Select(drift => drift!["id"].Text())];

    /// <summary>One of the kinds, for a tenant whose block has room for one of them.</summary>
    private sealed record Thing(string Kind, string Resource, string CreateRpc, string DeleteRpc, ImpatientWorld World, NetworkTenant Tenant, JsonNode? Vpc)
    {
        public static async Task<Thing> Of(string kind, ImpatientWorld world)
        {
            await world.Mend();
            var tenant = await world.NewTenant(24);
            return kind switch
            {
                "vpc" => new Thing(kind, "vpc", "CreateVpc", "DeleteVpc", world, tenant, null),
                "vpc-prefix" => new Thing(kind, kind, "CreateVpcPrefix", "DeleteVpcPrefix", world, tenant, await tenant.NewVpc()),
                _ => new Thing(kind, "segment", "CreateNetworkSegment", "DeleteNetworkSegment", world, tenant, await tenant.NewVpc("ETHERNET_VIRTUALIZER")),
            };
        }

        public Task<Answer> Order(string? name = null) => Tenant.Client.Post(Kind, Kind switch
        {
            "vpc" => Tenant.VpcOrder(name: name),
            "vpc-prefix" => Tenant.PrefixOrder(Vpc!, 24, name),
            _ => Tenant.SubnetOrder(Vpc!, 24, name),
        });

        public async Task<JsonNode> Make()
        {
            var made = (await Order()).Is(201);
            await Ready(made);
            return made;
        }

        public async Task Ready(JsonNode made) => await Tenant.Client.Eventually($"{Kind}/{made["id"]}", t => t["status"].Text() == "Ready");

        public Task<Answer> Read(JsonNode made) => Tenant.Client.Get($"{Kind}/{made["id"]}");

        public async Task Delete(JsonNode made) => (await Tenant.Client.Delete($"{Kind}/{made["id"]}")).Is(Kind == "vpc" ? 202 : 204);

        /// <summary>Ordered while the site is away, and refused when it is back; mended since.</summary>
        public async Task<JsonNode> RefusedLater()
        {
            await World.Down();
            var made = (await Order()).Is(201);
            World.Fault(Fault.Refuse(CreateRpc, StatusCode.FailedPrecondition, count: null, message: "not today"));
            await World.Up();
            var refused = await Tenant.Client.Eventually($"{Kind}/{made["id"]}", t => t["status"].Text() == "Error");
            await World.Mend();
            return refused;
        }

        public bool IsThere(JsonNode made)
        {
            var id = made["id"].Text();
            return Kind switch
            {
                "vpc" => World.Simulated.Vpc(id) is not null && World.Simulated.Vpcs.Any(vpc => vpc.Id.Value == id),
                "vpc-prefix" => World.Simulated.VpcPrefix(id) is not null,
                _ => World.Simulated.Segment(id) is not null,
            };
        }

        /// <summary>Its addresses are free.</summary>
        public async Task Untaken() => Assert.Equal(0, (await Tenant.Usage())["acquiredPrefixes"].Number());

        /// <summary>Its addresses, where it has any, are its own.</summary>
        public async Task Taken() => Assert.Equal(Kind == "vpc" ? 0 : 1, (await Tenant.Usage())["acquiredPrefixes"].Number());
    }
}
