using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Nico.Hardware.Contracts;
using Nico.SharedKernel.Data;
using Nico.SiteSimulator;
using Nico.Tests.Slices.Compute;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Resilience;

/// <summary>What a site has and Nico does not: nobody is given what it occupies, and an operator adopts or removes it.</summary>
public sealed class DriftTests(TestHost host) : IAsyncLifetime
{
    private InstanceWorld _world = null!;
    private Operators _operators = null!;

    private ApiClient Client => _world.Client;

    private SimulatedSite Site => _world.Simulated;

    public async ValueTask InitializeAsync()
    {
        _world = await InstanceWorld.Make(host.Host, "dgx-h100=3,h100-nvl=1", routedOnly: true);
        _operators = new Operators(host.Host, _world.Site.Id);
    }

    public async ValueTask DisposeAsync()
    {
        _operators.Dispose();
        await _world.DisposeAsync();
    }

    [Fact]
    public async Task A_machine_under_an_instance_that_Nico_does_not_have_is_given_to_nobody_until_it_is_removed()
    {
        var machine = _world.Machine();
        var type = (await Client.Post("instance/type", new { name = "type", siteId = _world.Site.Id })).Is(201)["id"].Text();
        (await Client.Post($"instance/type/{type}/machine", new { machineIds = new[] { machine } })).Is(201);
        (await Client.Post("allocation", new
        {
            name = "machines",
            tenantId = _world.TenantId,
            siteId = _world.Site.Id,
            allocationConstraints = new[] { new { resourceType = "InstanceType", resourceTypeId = type, constraintType = "Reserved", constraintValue = 1 } },
        })).Is(201);
        var instance = Appears("instance", parent: machine, network: _world.Prefix.ToString());

        var shown = await Client.Eventually($"machine/{machine}", m => !m["isUsableByTenant"].Flag() && m["status"].Text() == "InUse");
        Assert.Null(shown["instanceId"]);
        Assert.Contains("Nico does not have", shown["statusHistory"]![0]!["message"].Text(), StringComparison.Ordinal);
        var listed = (await Client.Get("machine?pageSize=100")).Items().Single(m => m!["id"].Text() == machine)!;
        Assert.False(listed["isUsableByTenant"].Flag());
        (await Client.Post("instance", _world.Order(machine))).Fails(400, "machineId");
        var order = _world.Order("");
        order.Remove("machineId");
        order["instanceTypeId"] = type;
        (await Client.Post("instance", order)).Fails(400, "instanceTypeId");

        await _operators.Sees(("instance", instance));
        var item = (await _operators.Drift())[("instance", instance)];
        Assert.Equal(("Unknown", true, true), (item["reason"].Text(), item["canAdopt"].Flag(), item["canRemove"].Flag()));
        Assert.Contains(machine, item["detail"].Text(), StringComparison.Ordinal);
        Assert.NotNull(item["since"]);
        Assert.Equal(200, (await _operators.Remove("instance", instance)).Status);
        await Client.Eventually($"machine/{machine}", m => m["isUsableByTenant"].Flag() && m["status"].Text() == "Ready");
        await Wait.Until(async () => await _operators.Differences() == 0);
        Operators.Refused(await _operators.Remove("instance", instance), 404, "does not exist");
        (await Client.Post("instance", order)).Is(201);
    }

    [Fact]
    public async Task A_site_that_calls_a_machine_free_under_such_an_instance_is_not_believed()
    {
        var machine = _world.Machine();
        var instance = Guid.NewGuid();
        await Note(machine, instance, reported: instance);
        var shown = (await Client.Get($"machine/{machine}")).Is(200);
        Assert.Equal(("Ready", false), (shown["status"].Text(), shown["isUsableByTenant"].Flag()));
        Assert.Contains(instance.ToString(), shown["statusHistory"]![0]!["message"].Text(), StringComparison.Ordinal);
        var refusal = (await Client.Post("instance", _world.Order(machine))).Fails(400, "machineId");
        Assert.Contains(instance.ToString(), refusal["message"].Text(), StringComparison.Ordinal);
        await Note(null, null, reported: instance);
        Assert.True((await Client.Get($"machine/{machine}")).Is(200)["isUsableByTenant"].Flag());
    }

    [Fact]
    public async Task What_networks_of_the_site_occupy_is_carved_for_nothing()
    {
        var (block, allocated) = await Block("10.200.0.0", 22, 22);
        var prefix = Appears("vpc-prefix", parent: _world.Vpc.ToString(), network: "10.200.1.0/24");
        await _operators.Sees(("vpc-prefix", prefix));
        var usage = (await Client.Get($"ipblock/{allocated}?includeUsageStats=true")).Is(200)["usageStats"]!;
        Assert.Equal(["10.200.0.0/24", "10.200.2.0/23"], usage["availablePrefixes"]!.AsArray().Select(free => free.Text()));
        Assert.Equal(0, usage["acquiredPrefixes"].Number());
        List<string> given = [];
        for (var i = 0; i < 3; i++)
        {
            given.Add((await Client.Post("vpc-prefix", Order($"given {i}", allocated, 24))).Is(201)["prefix"].Text());
        }

        Assert.Equal(["10.200.0.0/24", "10.200.2.0/24", "10.200.3.0/24"], given);
        (await Client.Post("vpc-prefix", Order("one more", allocated, 24))).Fails(400, "prefixLength");

        // Free once it is gone.
        Assert.Equal(200, (await _operators.Remove("vpc-prefix", prefix)).Status);
        await Wait.Until(async () => (await Client.Post("vpc-prefix", Order("one more", allocated, 24))).Status == 201);

        // A tenant's block lies elsewhere as long as there is room, and may be around it where there is none, for it to be adopted.
        var (root, first) = await Block("10.201.0.0", 23, 24);
        var other = Appears("vpc-prefix", parent: _world.Vpc.ToString(), network: "10.201.1.0/24");
        await _operators.Sees(("vpc-prefix", other));
        Operators.Refused(await _operators.Adopt("vpc-prefix", other), 409, "No IP block of the tenant");
        var second = await Allocate(root, 24);
        Assert.Equal(["10.201.0.0", "10.201.1.0"], [await PrefixOf(first), await PrefixOf(second)]);
        (await Client.Post("vpc-prefix", Order("within", second, 28))).Fails(400, "prefixLength");
        await _operators.Adopts("vpc-prefix", other);
        Assert.Equal("10.201.1.0/24", (await Client.Get($"vpc-prefix/{other}")).Is(200)["prefix"].Text());
        Assert.Equal(second, (await Client.Get($"vpc-prefix/{other}")).Is(200)["ipBlockId"].Id());
        await Wait.Until(async () => await _operators.Differences() == 0);
        (await Client.Delete($"vpc-prefix/{other}")).Is(204);
        await Client.Gone($"vpc-prefix/{other}");
        Assert.NotEqual(Guid.Empty, block);
    }

    [Fact]
    public async Task What_cannot_be_adopted_or_removed_says_why()
    {
        Operators.Refused(await _operators.Adopt("vpc", Guid.NewGuid()), 404, "does not exist");
        Operators.Refused(await _operators.Adopt("spoon", Guid.NewGuid()), 404, "spoon");
        Operators.Refused(await _operators.Remove("machine", _world.Machine()), 409, "neither");
        Operators.Refused(await _operators.Remove("vpc", _world.Vpc), 409, "Nico's own");
        await _operators.Adopts("vpc", _world.Vpc, "AlreadyKnown");
        using (var elsewhere = new Operators(host.Host, Guid.NewGuid()))
        {
            Operators.Refused(await elsewhere.Adopt("vpc", _world.Vpc), 409, _world.Site.Id.ToString());
            Operators.Refused(await elsewhere.Remove("vpc", _world.Vpc), 409, _world.Site.Id.ToString());
        }

        // Whose it is.
        var strangers = Appears("vpc", tenant: TestHost.NewOrg());
        var (invited, _) = await host.Tenant();
        var invitedVpc = Appears("vpc", tenant: invited.Org);
        var named = Appears("vpc", tenant: Client.Org, name: (await Client.Get($"vpc/{_world.Vpc}")).Is(200)["name"].Text());
        var tenant = Appears("tenant", tenant: TestHost.NewOrg());

        // What it needs.
        var vpc = Appears("vpc", tenant: Client.Org, name: "needed");
        var prefix = Appears("vpc-prefix", parent: vpc, network: "10.17.128.0/24");
        var machine = _world.Machine();
        var instance = Appears("instance", parent: machine, network: prefix);
        var (_, allocated) = await Block("10.210.0.0", 24, 24);
        var overlapping = Appears("vpc-prefix", parent: _world.Vpc.ToString(), network: "10.210.0.0/25");
        var unplaced = Appears("instance", parent: _world.PlainMachine(), tenant: Client.Org);
        await _operators.Sees(
            ("vpc", strangers), ("vpc", invitedVpc), ("vpc", named), ("tenant", tenant), ("vpc", vpc), ("vpc-prefix", prefix), ("instance", instance),
            ("vpc-prefix", overlapping), ("instance", unplaced));
        Operators.Refused(await _operators.Adopt("vpc", strangers), 409, "has no tenant here");
        Operators.Refused(await _operators.Adopt("vpc", invitedVpc), 409, "has no allocation at the site");
        Operators.Refused(await _operators.Adopt("vpc", named), 409, "already");
        Operators.Refused(await _operators.Remove("tenant", tenant), 409, "neither");
        var told = (await _operators.Drift())[("tenant", tenant)];
        Assert.Equal((false, false), (told["canAdopt"].Flag(), told["canRemove"].Flag()));
        Assert.NotNull(told["why"]);
        Operators.Refused(await _operators.Adopt("vpc-prefix", prefix), 409, "adopt that first");
        Operators.Refused(await _operators.Adopt("instance", instance), 409, "adopt that first");
        Operators.Refused(await _operators.Adopt("instance", unplaced), 409, "does not tell to which networks");
        await _world.Sql(
            "insert into networking.carving (kind, id, block_id, prefix) values ('subnet', gen_random_uuid(), @allocated, '10.210.0.64/26')",
            new { allocated });
        Operators.Refused(await _operators.Adopt("vpc-prefix", overlapping), 409, "10.210.0.64/26");

        // What is removed is not adopted, and nothing that was refused has left anything.
        var refusing = Site.Faults.Add(new Fault { Kind = FaultKind.Refuse, Rpc = "DeleteVpc", Code = Grpc.Core.StatusCode.FailedPrecondition });
        Operators.Refused(await _operators.Remove("vpc", vpc), 412, "The site refused");
        Site.Faults.Remove(refusing.Id);
        await _operators.Adopts("vpc", vpc);
        await _operators.Adopts("vpc-prefix", prefix);
        await _operators.Adopts("instance", instance);
        await _world.Ready(Guid.Parse(instance));
        Assert.Equal(instance, (await Client.Get($"machine/{machine}")).Is(200)["instanceId"].Text());
        foreach (var refused in new[] { strangers, invitedVpc, named })
        {
            Assert.Equal(0, await _world.Read<int>("select count(*)::int from networking.vpc where id = @id", new { id = Guid.Parse(refused) }));
        }

        Assert.Equal(200, (await _operators.Remove("vpc", named)).Status);
        await Wait.Until(() => Site.Vpc(named) is null);
    }

    [Fact]
    public async Task Of_an_adoption_and_a_removal_at_once_one_wins()
    {
        var vpcs = Enumerable.Range(0, 8).Select(i => Appears("vpc", tenant: Client.Org, name: $"contested {i}")).ToArray();
        await _operators.Sees([.. vpcs.Select(vpc => ("vpc", vpc))]);
        foreach (var vpc in vpcs)
        {
            var (adoption, removal) = (_operators.Adopt("vpc", vpc), _operators.Remove("vpc", vpc));
            await Task.WhenAll(adoption, removal);
            var (adopted, removed) = ((await adoption).Status == 200, (await removal).Status == 200);
            Assert.True(adopted != removed, $"{(await adoption).Body} {(await removal).Body}");
            if (adopted)
            {
                Assert.NotNull(Site.Vpc(vpc));
                (await Client.Get($"vpc/{vpc}")).Is(200);
            }
            else
            {
                await Wait.Until(() => Site.Vpc(vpc) is null);
                (await Client.Get($"vpc/{vpc}")).Is(404);
            }
        }

        await Wait.Until(async () => await _operators.Differences() == 0);
    }

    [Fact]
    public async Task Who_chooses_the_id_of_what_a_site_has_of_another_org_does_not_get_it()
    {
        var vpc = Appears("vpc", tenant: TestHost.NewOrg());
        await _operators.Sees(("vpc", vpc));
        (await Client.Post("vpc", new { id = vpc, name = "mine", siteId = _world.Site.Id })).ConflictsWith(JsonValue.Create(vpc));
        (await Client.Get($"vpc/{vpc}")).Is(404);
        Assert.NotEqual(Client.Org, Site.Vpc(vpc)!.TenantOrganizationId);
    }

    [Fact]
    public async Task The_list_is_paged_in_the_order_of_adoption_and_refuses_nonsense()
    {
        var vpc = Appears("vpc", tenant: Client.Org, name: "listed");
        var prefix = Appears("vpc-prefix", parent: vpc, network: "10.17.130.0/24");
        var instance = Appears("instance", parent: _world.Machine(), network: prefix);
        await _operators.Sees(("vpc", vpc), ("vpc-prefix", prefix), ("instance", instance));
        List<string> ids = [];
        var after = "";
        while ((await _operators.Get($"/ops/drift?siteId={_world.Site.Id}&pageSize=1&after={after}")).AsArray() is [var item])
        {
            ids.Add(item!["id"].Text());
            after = $"{item["siteId"]}/{item["kind"]}/{item["id"]}";
        }

        Assert.Equal([vpc, prefix, instance], ids);
        Assert.Equal([prefix], (await _operators.Get($"/ops/drift?siteId={_world.Site.Id}&kind=vpc-prefix")).AsArray().Select(item => item!["id"].Text()));
        using var http = new HttpClient { BaseAddress = host.Host.OperatorAddress };
        foreach (var nonsense in new[] { "siteId=x", "pageSize=0", "pageSize=201", "after=x", "after=x/vpc/y" })
        {
            using var answer = await http.GetAsync("/ops/drift?" + nonsense, TestContext.Current.CancellationToken);
            Assert.Equal(400, (int)answer.StatusCode);
        }
    }

    /// <summary>Something is made at the site by hand; its id.</summary>
    private string Appears(string resource, string? parent = null, string? network = null, string? tenant = null, string? name = null) => Site.Faults.Add(
        new Fault { Kind = FaultKind.ObjectAppears, Resource = resource, Parent = parent, Network = network, Tenant = tenant, Name = name }).Target!;

    private object Order(string name, Guid block, int length) => new { name, vpcId = _world.Vpc, ipBlockId = block, prefixLength = length };

    /// <summary>A block of the provider, and a part of it for the tenant.</summary>
    private async Task<(Guid Root, Guid Allocated)> Block(string network, int length, int allocated)
    {
        var root = (await Client.Post("ipblock", new
        {
            name = network,
            siteId = _world.Site.Id,
            routingType = "DatacenterOnly",
            prefix = network,
            prefixLength = length,
            protocolVersion = "IPv4",
        })).Is(201)["id"].Id();
        return (root, await Allocate(root, allocated));
    }

    private async Task<Guid> Allocate(Guid root, int length) => (await Client.Post("allocation", new
    {
        name = InstanceWorld.NewName(),
        tenantId = _world.TenantId,
        siteId = _world.Site.Id,
        allocationConstraints = new[] { new { resourceType = "IPBlock", resourceTypeId = root, constraintType = "Reserved", constraintValue = length } },
    })).Is(201)["allocationConstraints"]![0]!["derivedResourceId"].Id();

    private async Task<string> PrefixOf(Guid block) => (await Client.Get($"ipblock/{block}")).Is(200)["prefix"].Text();

    /// <summary>A report of instances, of which Nico does not have one, is applied.</summary>
    private async Task Note(string? machine, Guid? instance, Guid reported)
    {
        await using var scope = host.Services.GetRequiredService<IServiceScopeFactory>().CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.Begin(default);
        await scope.ServiceProvider.GetRequiredService<IMachines>()
            .NoteUnknown(_world.Site.Id, machine is null ? [] : [(machine, instance!.Value)], [reported], default);
        await db.Commit(default);
    }
}
