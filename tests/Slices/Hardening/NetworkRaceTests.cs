using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Nico.Tests.Slices.Networking;
using Xunit;

namespace Nico.Tests.Slices.Hardening;

/// <summary>
/// Many at once want the same addresses, the same name, or to use what another deletes: one wins, the others are told so, and the database
/// holds nothing that hangs on nothing.
/// </summary>
public sealed class NetworkRaceTests(NetworkWorld world) : IClassFixture<NetworkWorld>
{
    private const int Many = 100;
    private const int Some = 20;
    private const int Rounds = 6;

    private readonly ApiClient _api = world.Provider;

    [Fact]
    public async Task A_hundred_parallel_allocations_neither_overlap_nor_exceed_their_block()
    {
        var tenants = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.Host.Tenant()));
        var root = await world.NewBlock(24);
        var answers = await AtOnce(Many, i => _api.Post("allocation", world.Order(tenants[i % 4].TenantId, root, i % 10 == 0 ? 27 : 30)));
        await Filled(answers, root["id"].Id(), 409, 201);
        Assert.Equal(
            answers.Count(answer => answer.Status == 201),
            await world.Read<int>("select count(*)::integer from compute.allocation_constraint where resource_type_id = @id", new { id = root["id"].Id() }));
    }

    [Fact]
    public async Task A_hundred_parallel_VPC_prefixes_neither_overlap_nor_exceed_their_block()
    {
        var tenant = await world.NewTenant(24);
        var vpcs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => tenant.NewVpc()));
        var answers = await AtOnce(Many, i => tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpcs[i % 4], i % 10 == 0 ? 27 : 30)));
        await Filled(answers, tenant.BlockId, 400, 201);
        Assert.Equal(answers.Count(answer => answer.Status == 201), (await tenant.Client.Get("vpc-prefix?pageSize=1")).Total);
    }

    [Fact]
    public async Task A_hundred_parallel_subnets_neither_overlap_nor_exceed_their_block()
    {
        var tenant = await world.NewTenant(24);
        var vpcs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => tenant.NewVpc("ETHERNET_VIRTUALIZER")));
        var answers = await AtOnce(Many, i => tenant.Client.Post("subnet", tenant.SubnetOrder(vpcs[i % 4], i % 10 == 0 ? 27 : 30)));
        await Filled(answers, tenant.BlockId, 400, 201);
        Assert.Equal(answers.Count(answer => answer.Status == 201), (await tenant.Client.Get("subnet?pageSize=1")).Total);
    }

    [Fact]
    public async Task Parallel_resizes_and_allocations_never_overlap()
    {
        var (_, tenantId) = await world.Host.Tenant();
        var root = await world.NewBlock(24);
        var allocations = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => world.Allocate(tenantId, root, 28)));
        var answers = await AtOnce(60, i => i % 3 == 0
            ? _api.Post("allocation", world.Order(tenantId, root, 27 + (i % 3)))
            : _api.Patch(
                $"allocation/{allocations[i % 6]["id"]}/constraint/{allocations[i % 6]["allocationConstraints"]![0]!["id"]}", new { constraintValue = 25 + (i % 5) }));
        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 201 or 400 or 409, answer.ToString()));
        await Consistent(root["id"].Id());
    }

    [Theory]
    [InlineData("ipblock")]
    [InlineData("allocation")]
    [InlineData("vpc")]
    [InlineData("vpc-prefix")]
    [InlineData("subnet")]
    public async Task One_name_has_one_winner_among_creates_and_among_renames(string kind)
    {
        var tenant = await world.NewTenant();
        var root = await world.NewBlock();
        var vpc = kind is "vpc-prefix" or "subnet" ? await tenant.NewVpc(kind == "subnet" ? "ETHERNET_VIRTUALIZER" : "FNN") : null;
        var client = kind is "ipblock" or "allocation" ? _api : tenant.Client;

        // Every create alone, every rename alone, and both mixed.
        var created = await AtOnce(Some, _ => Create("created"));
        OneWinner(created, 201);
        var things = await Task.WhenAll(Enumerable.Range(0, Some).Select(async i => (await Create($"thing-{i}")).Is(201)["id"].Text()));
        OneWinner(await AtOnce(Some, i => Rename(things[i], "renamed")), 200);
        OneWinner(await AtOnce(Some, i => i % 2 == 0 ? Create("mixed") : Rename(things[i], "mixed")), 200, 201);
        var names = await world.Read<long>($"""
            select count(*) - count(distinct name)
            from {Table(kind)}
            where id = any(@ids)
            """, new { ids = things.Select(Guid.Parse).ToArray() });
        Assert.Equal(0, names);

        Task<Answer> Create(string name) => client.Post(kind, kind switch
        {
            "ipblock" => new
            {
                name = name + tenant.Id,
                siteId = world.SiteId,
                routingType = "DatacenterOnly",
                prefix = world.NewNetwork(),
                prefixLength = 16,
                protocolVersion = "IPv4",
            },
            "allocation" => world.Order(tenant.Id, root, 28, name),
            "vpc" => tenant.VpcOrder(name: name),
            "vpc-prefix" => tenant.PrefixOrder(vpc!, 28, name),
            _ => tenant.SubnetOrder(vpc!, 28, name),
        });

        Task<Answer> Rename(string id, string name) => client.Patch($"{kind}/{id}", new { name = kind == "ipblock" ? name + tenant.Id : name });
    }

    [Fact]
    public async Task Names_that_change_places_never_meet()
    {
        var tenant = await world.NewTenant();
        var vpcs = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => tenant.NewVpc(name: $"name-{i}")));
        var answers = await AtOnce(40, i => tenant.Client.Patch($"vpc/{vpcs[i % 4]["id"]}", new { name = $"name-{(i + (i / 4)) % 5}" }));
        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 409, answer.ToString()));
        Assert.Equal(4, (await tenant.Client.Get("vpc")).Items().Names().Distinct().Count());
    }

    [Theory]
    [InlineData("FNN")]
    [InlineData("ETHERNET_VIRTUALIZER")]
    public async Task A_network_is_never_left_without_its_VPC(string type)
    {
        var tenant = await world.NewTenant();
        for (var i = 0; i < Rounds; i++)
        {
            var vpc = await tenant.NewVpc(type);
            var answers = await AtOnce(5, n => n == 2 ? tenant.Client.Delete($"vpc/{vpc["id"]}") : Network(tenant, vpc, type));
            AllOrNothing(answers, isDelete: n => n == 2);
        }

        Assert.Equal(0, await world.Read<int>("""
            select (select count(*) from networking.vpc_prefix as p left join networking.vpc as v on v.id = p.vpc_id where v.id is null or v.status = 'Deleting')::integer
              + (select count(*) from networking.subnet as s left join networking.vpc as v on v.id = s.vpc_id where v.id is null or v.status = 'Deleting')::integer
            """, new { }));
    }

    [Theory]
    [InlineData("FNN")]
    [InlineData("ETHERNET_VIRTUALIZER")]
    public async Task A_network_is_never_left_without_its_allocation(string type)
    {
        for (var i = 0; i < Rounds; i++)
        {
            var tenant = await world.NewTenant(24);
            var vpc = await tenant.NewVpc(type);
            var answers = await AtOnce(5, n => n == 2 ? _api.Delete($"allocation/{tenant.AllocationId}") : Network(tenant, vpc, type));
            AllOrNothing(answers, isDelete: n => n == 2);
            await NoOrphans(tenant);
        }
    }

    [Fact]
    public async Task A_block_in_use_never_gets_other_addresses()
    {
        for (var i = 0; i < Rounds; i++)
        {
            var tenant = await world.NewTenant(24);
            var vpc = await tenant.NewVpc();
            var constraint = (await _api.Get($"allocation/{tenant.AllocationId}")).Is(200)["allocationConstraints"]![0]!["id"];
            var answers = await AtOnce(4, n => n == 1
                ? _api.Patch($"allocation/{tenant.AllocationId}/constraint/{constraint}", new { constraintValue = 25 })
                : tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 26)));
            Assert.All(answers, answer => Assert.True(answer.Status is 200 or 201 or 400, answer.ToString()));
            await Consistent(tenant.BlockId);
        }
    }

    [Fact]
    public async Task An_allocation_is_never_left_without_its_block()
    {
        var (_, tenantId) = await world.Host.Tenant();
        for (var i = 0; i < Rounds; i++)
        {
            var root = await world.NewBlock(24);
            var answers = await AtOnce(5, n => n == 2 ? _api.Delete($"ipblock/{root["id"]}") : _api.Post("allocation", world.Order(tenantId, root, 28)));
            AllOrNothing(answers, isDelete: n => n == 2);
        }

        Assert.Equal(0, await world.Read<int>("""
            select count(*)::integer
            from compute.allocation_constraint as c
            where c.resource_type = 'IPBlock'
              and (
                not exists (select 1 from networking.ip_block as b where b.id = c.resource_type_id)
                or not exists (select 1 from networking.ip_block as b where b.id = c.derived_resource_id and b.source_id = c.resource_type_id)
              )
            """, new { }));
    }

    [Fact]
    public async Task A_VPC_is_made_only_while_its_tenant_uses_the_site()
    {
        for (var i = 0; i < Rounds; i++)
        {
            var tenant = await world.NewTenant(24);
            var answers = await AtOnce(5, n => n == 2 ? _api.Delete($"allocation/{tenant.AllocationId}") : tenant.Client.Post("vpc", tenant.VpcOrder()));
            Assert.Equal(202, answers[2].Status);
            Assert.All(answers.Where((_, n) => n != 2), answer => Assert.True(answer.Status is 201 or 400, answer.ToString()));
            Assert.Equal(answers.Count(answer => answer.Status == 201), (await tenant.Client.Get("vpc")).Total);
            Assert.Equal(0, await world.Read<int>(
                "select count(*)::integer from hardware.tenant_site where tenant_id = @Id", new { tenant.Id }));
            (await tenant.Client.Post("vpc", tenant.VpcOrder())).Fails(400, "siteId");
        }
    }

    [Fact]
    public async Task Nothing_comes_into_a_VPC_that_is_made_another_way()
    {
        var tenant = await world.NewTenant();
        for (var i = 0; i < Rounds; i++)
        {
            var vpc = await tenant.NewVpc("ETHERNET_VIRTUALIZER");
            var answers = await AtOnce(3, n => n == 1
                ? tenant.Client.Patch($"vpc/{vpc["id"]}/virtualization", new { networkVirtualizationType = "FNN" })
                : tenant.Client.Post("subnet", tenant.SubnetOrder(vpc, 28)));
            Assert.All(answers, answer => Assert.True(answer.Status is 200 or 201 or 400, answer.ToString()));
            Assert.NotEqual(answers[1].Status == 200, answers[0].Status == 201 || answers[2].Status == 201);
        }

        Assert.Equal(0, await world.Read<int>("""
            select count(*)::integer
            from networking.subnet as s
            join networking.vpc as v on v.id = s.vpc_id
            where v.network_virtualization_type <> 'ETHERNET_VIRTUALIZER'
            """, new { }));
    }

    private static Task<Answer[]> AtOnce(int count, Func<int, Task<Answer>> order) => Task.WhenAll(Enumerable.Range(0, count).Select(order));

    private static Task<Answer> Network(NetworkTenant tenant, JsonNode vpc, string type) =>
        type == "FNN" ? tenant.Client.Post("vpc-prefix", tenant.PrefixOrder(vpc, 28)) : tenant.Client.Post("subnet", tenant.SubnetOrder(vpc, 28));

    private static string Table(string kind) => kind switch
    {
        "allocation" => "compute.allocation",
        "ipblock" => "networking.ip_block",
        "vpc-prefix" => "networking.vpc_prefix",
        _ => "networking." + kind,
    };

    private static void OneWinner(Answer[] answers, params int[] won)
    {
        var winner = Assert.Single(answers, answer => won.Contains(answer.Status)).Json!;
        Assert.All(answers.Where(answer => !won.Contains(answer.Status)), answer => answer.ConflictsWith(winner["id"]));
    }

    /// <summary>Either what was to be deleted is in use, or nobody came to use it.</summary>
    private static void AllOrNothing(Answer[] answers, Func<int, bool> isDelete)
    {
        var deleted = answers.Where((_, n) => isDelete(n)).Single();
        var used = answers.Where((_, n) => !isDelete(n)).ToArray();
        Assert.All(used, answer => Assert.True(answer.Status is 201 or 400, answer.ToString()));
        Assert.Equal(used.Any(answer => answer.Status == 201) ? 400 : 202, deleted.Status);
    }

    /// <summary>The block is full, its parts are apart, and those that got none were told so.</summary>
    private async Task Filled(Answer[] answers, Guid block, int refused, int made)
    {
        Assert.All(answers, answer => Assert.True(answer.Status == made || answer.Status == refused, answer.ToString()));
        Assert.Contains(answers, answer => answer.Status == refused);
        var parts = await Consistent(block);
        Assert.Equal(answers.Count(answer => answer.Status == made), parts.Length);
        Assert.Equal(256, parts.Sum(part => (long)Networking.Networks.Size(part)));
    }

    /// <summary>The parts of a block: apart, inside it, and each with the addresses that its owner shows.</summary>
    private async Task<string[]> Consistent(Guid block)
    {
        var parts = await world.Read<string[]>(
            "select coalesce(array_agg(text(prefix)), array[]::text[]) from networking.carving where block_id = @block", new { block });
        Networking.Networks.Apart(parts);
        Assert.Equal(0, await world.Read<int>("""
            select count(*)::integer
            from networking.carving as c
            join networking.ip_block as b on b.id = c.block_id
            where b.id = @block
              and (
                not c.prefix <<= b.prefix
                or not exists (
                  select 1 from networking.ip_block where id = c.id and prefix = c.prefix
                  union all
                  select 1 from networking.vpc_prefix where id = c.id and prefix = c.prefix
                  union all
                  select 1 from networking.subnet where id = c.id and prefix = c.prefix
                )
              )
            """, new { block }));
        return parts;
    }

    private async Task NoOrphans(NetworkTenant tenant) => Assert.Equal(0, await world.Read<int>("""
        select (select count(*) from networking.vpc_prefix as p where p.tenant_id = @Id and not exists (select 1 from networking.ip_block as b where b.id = p.ip_block_id))::integer
          + (select count(*) from networking.subnet as s where s.tenant_id = @Id and not exists (select 1 from networking.ip_block as b where b.id = s.ipv4_block_id))::integer
          + (select count(*) from networking.ip_block as b where b.tenant_id = @Id and not exists (select 1 from compute.allocation_constraint as c where c.derived_resource_id = b.id))::integer
          + (select count(*) from networking.carving as c where not exists (select 1 from networking.ip_block as b where b.id = c.block_id))::integer
        """, new { tenant.Id }));
}
