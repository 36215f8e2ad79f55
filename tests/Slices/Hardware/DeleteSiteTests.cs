using Dapper;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>spec/40-site.md, sections 8 and 13.4.</summary>
public sealed class DeleteSiteTests(TestHost host)
{
    private static readonly string[] _tables =
    [
        "hardware.machine", "hardware.tenant_site", "networking.ip_block", "networking.vpc", "networking.vpc_prefix", "networking.subnet", "compute.instance",
        "sitelink.connection", "sitelink.poll", "sitelink.round", "sitelink.seen", "sitelink.command",
    ];

    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task A_site_goes_at_once_and_with_it_all_that_is_there()
    {
        var account = await host.ServiceAccount();
        await using var site = await host.Site(account.Org);
        await account.Client.Eventually($"site/{site.Id}", s => s["status"].Text() == "Registered");
        await account.Client.Eventually("machine", list => list.AsArray().Count == 4);
        var block = (await account.Client.Post("ipblock", new
        {
            name = "pool",
            siteId = site.Id,
            routingType = "DatacenterOnly",
            prefix = "10.20.0.0",
            prefixLength = 16,
            protocolVersion = "IPv4",
        })).Is(201)["id"].Text();
        await _world.Sql(
            """
            insert into sitelink.command (id, site_id, kind, resource_id, operation, after_kinds, after_ids, needs_site, state, due, created)
            values (gen_random_uuid(), @Id, 'tenant', 'x', 'Create', '{}', '{}', true, 'Pending', now() + interval '1 hour', now())
            """,
            new { site.Id });
        await _world.Allocate(account.TenantId, site.Id);
        (await account.Client.Delete($"site/{site.Id}")).Fails(403);
        (await account.Client.Get($"site/{site.Id}")).Is(200);
        await _world.Deallocate(account.TenantId, site.Id);

        var machine = site.Simulated.MachineIds[0];
        (await account.Client.Delete($"site/{site.Id}")).Is202();
        (await account.Client.Get($"site/{site.Id}")).Is(404);
        (await account.Client.Delete($"site/{site.Id}")).Is(404);
        (await account.Client.Patch($"site/{site.Id}", new { name = "back" })).Is(404);
        (await account.Client.Get($"site/{site.Id}/status-history")).Is(404);
        Assert.Equal(0, (await account.Client.Get("site")).Total);
        foreach (var table in _tables)
        {
            await Wait.Until(async () => await Rows(table, site.Id) == 0, what: table);
        }

        (await account.Client.Get($"ipblock/{block}")).Is(404);
        (await account.Client.Get($"machine/{machine}")).Is(404);
        Assert.Equal(0, await _world.Read<int>("select count(*)::integer from hardware.status_history where resource_id = @machine", new { machine }));

        // The site's own row stays until no late writer can come any more.
        Assert.Equal(1, await _world.Read<int>("select count(*)::integer from hardware.site where id = @Id", new { site.Id }));
        await _world.Sql("update hardware.site set deleted = now() - interval '1 hour' where id = @Id", new { site.Id });
        await Wait.Until(async () => await _world.Read<int>("select count(*)::integer from hardware.site where id = @Id", new { site.Id }) == 0);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?purgeMachines=false")]
    [InlineData("?purgeMachines=true")]
    public async Task Name_and_machines_are_free_for_another_site(string query)
    {
        var account = await host.ServiceAccount();
        await using var first = await host.Site(account.Org);
        await account.Client.Eventually("machine", list => list.AsArray().Count == 4);
        (await account.Client.Delete($"site/{first.Id}{query}")).Is202();

        var again = (await account.Client.Post("site", new { name = first.Name })).Is(201);
        var pairing = new { token = again["registrationToken"].Text(), core = first.Simulated.Core };
        (await account.Client.Post("/pair", pairing)).Is(200);
        await account.Client.Eventually($"machine?siteId={again["id"].Text()}", list => list.AsArray().Count == 4);
    }

    [Fact]
    public async Task What_a_crash_left_is_removed_and_so_is_what_came_late()
    {
        var (provider, providerId) = await host.Provider();
        var id = await HardwareWorld.Site(provider);
        await _world.Round(id, [_world.Machine(), _world.Machine()]);
        Assert.Equal(2, await Rows("hardware.machine", id));

        // The mark alone is what a process leaves that dies right after the commit.
        await _world.Sql("update hardware.site set deleted = now() where id = @id", new { id });
        await Wait.Until(async () => await Rows("hardware.machine", id) == 0);

        await _world.Sql(
            """
            insert into networking.ip_block
              (id, name, infrastructure_provider_id, site_id, routing_type, prefix, protocol_version, status, created, updated)
            values (gen_random_uuid(), 'late', @providerId, @id, 'DatacenterOnly', '10.0.0.0/8', 'IPv4', 'Ready', now(), now())
            """,
            new { id, providerId });
        await Wait.Until(async () => await Rows("networking.ip_block", id) == 0);
    }

    [Fact]
    public async Task Only_the_provider_s_administrator_deletes()
    {
        var (provider, _) = await host.Provider();
        var id = await HardwareWorld.Site(provider);
        (await host.As(provider.Org, "PROVIDER_VIEWER").Delete($"site/{id}")).Fails(403);
        (await host.As(provider.Org, "TENANT_ADMIN").Delete($"site/{id}")).Fails(403);
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Delete($"site/{id}")).Fails(403);
        var (other, _) = await host.Provider();
        (await other.Delete($"site/{id}")).Is(404);
        (await provider.Delete($"site/{Guid.NewGuid()}")).Is(404);
        (await provider.Delete("site/nonsense")).Is(400);
        (await provider.Delete($"site/{id}?purgeMachines=maybe")).Fails(400, "purgeMachines");
        (await provider.Get($"site/{id}")).Is(200);
    }

    [Fact]
    public async Task An_allocation_that_comes_at_the_same_moment_either_keeps_the_site_or_is_refused()
    {
        var (provider, _) = await host.Provider();
        var (_, tenantId) = await host.Tenant();
        for (var i = 0; i < 10; i++)
        {
            var id = await HardwareWorld.Site(provider, $"site-{i}");
            var allocation = _world.Allocate(tenantId, id);
            var deletion = provider.Delete($"site/{id}");
            var isAllocated = await allocation.ContinueWith(done => done.IsCompletedSuccessfully, TaskScheduler.Default);
            Assert.Equal(isAllocated ? 403 : 202, (await deletion).Status);
            Assert.Equal(isAllocated ? 1 : 0, await Rows("hardware.tenant_site", id));
        }
    }

    [Fact]
    public async Task A_deletion_waits_for_a_round_that_writes()
    {
        var (provider, _) = await host.Provider();
        var id = await HardwareWorld.Site(provider);
        await _world.Sql(
            "insert into sitelink.poll (site_id, part, due, poke_from) values (@id, 'Machines', now() + interval '1 hour', now())", new { id });
        await using var round = await host.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await round.BeginTransactionAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, await round.ExecuteAsync("update sitelink.poll set due = due where site_id = @id", new { id }));
        var deletion = provider.Delete($"site/{id}");
        await host.Database.WaitedFor(round);
        Assert.Equal(1, await round.ExecuteAsync("update hardware.site set updated = updated where id = @id", new { id }));
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        (await deletion).Is202();
    }

    private Task<int> Rows(string table, Guid siteId) => _world.Read<int>($"select count(*)::integer from {table} where site_id = @siteId", new { siteId });
}

/// <summary>Deletions answer with a text.</summary>
internal static class Deletions
{
    public static Answer Is202(this Answer answer)
    {
        answer.Is(202);
        return answer;
    }
}
