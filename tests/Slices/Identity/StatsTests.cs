using Dapper;
using Nico.Tests.Slices.Compute;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Identity;

/// <summary>What providers and tenants have, counted: spec/10-identity.md, sections 4 and 5.2.</summary>
public sealed class StatsTests(TestHost host)
{
    private readonly IdentityWorld _world = new(host);

    [Fact]
    public async Task Nothing_is_counted_as_nothing_and_for_nobody_else()
    {
        var (provider, _) = await host.Provider();
        var counts = (await provider.Get("infrastructure-provider/current/stats")).Is(200);
        Assert.All(counts.AsObject(), block => Assert.All(block.Value!.AsObject(), count => Assert.Equal(0, count.Value.Number())));
        (await host.As(provider.Org, "PROVIDER_VIEWER").Get("infrastructure-provider/current/stats")).Fails(403);
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Get("infrastructure-provider/current/stats")).Fails(404);
        var (tenant, _) = await host.Tenant();
        counts = (await tenant.Get("tenant/current/stats")).Is(200);
        Assert.All(counts.AsObject(), block => Assert.All(block.Value!.AsObject(), count => Assert.Equal(0, count.Value.Number())));
        (await host.As(TestHost.NewOrg(), "TENANT_ADMIN").Get("tenant/current/stats")).Fails(404);
        (await host.As(tenant.Org, "PROVIDER_ADMIN").Get("tenant/current/stats")).Fails(403);
    }

    [Fact]
    public async Task Accounts_are_counted_on_both_sides_by_status()
    {
        var (provider, providerId) = await host.Provider();
        await _world.Account(providerId, TestHost.NewOrg(), "Invited");
        await _world.Account(providerId, TestHost.NewOrg(), "Ready");
        await _world.Account(providerId, TestHost.NewOrg(), "Ready");
        await _world.Account(providerId, TestHost.NewOrg(), "Ready", deleted: true);
        var org = TestHost.NewOrg("tenant");
        await _world.Account(providerId, org, "Error");
        var (tenant, _) = await host.Tenant(org);
        Assert.Equal(
            """{"total":4,"pending":0,"invited":1,"ready":2,"error":1}""",
            (await provider.Get("infrastructure-provider/current/stats")).Is(200)["tenantAccount"]!.ToJsonString());
        Assert.Equal(1, (await tenant.Get("tenant/current/stats")).Is(200)["tenantAccount"]!["error"].Number());
    }

    [Fact]
    public async Task What_a_tenant_has_at_its_sites_is_counted_by_status()
    {
        await using var world = await InstanceWorld.Make(host.Host, "dgx-h100=3");
        var first = await world.CreateReady();
        var second = await world.CreateReady();
        await using (var connection = await host.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            // The site's reports leave alone what was touched after they began.
            await connection.ExecuteAsync(
                "update compute.instance set status = 'Repairing', touched = now() + interval '1 hour' where id = @id", new { id = second["id"].Id() });
        }

        var tenant = (await world.Client.Get("tenant/current/stats")).Is(200);
        Assert.Equal(
            """{"total":2,"pending":0,"provisioning":0,"registering":0,"configuring":0,"ready":1,"rebooting":0,"repairing":1,"updating":0,"terminating":0,"error":0,"unknown":0}""",
            tenant["instance"]!.ToJsonString());
        Assert.Equal("""{"total":2,"pending":0,"provisioning":0,"ready":2,"deleting":0,"error":0}""", tenant["vpc"]!.ToJsonString());
        Assert.Equal("""{"total":1,"pending":0,"provisioning":0,"ready":1,"deleting":0,"error":0}""", tenant["subnet"]!.ToJsonString());

        // A provider's block, and what was carved out of it.
        var provider = (await world.Client.Get("infrastructure-provider/current/stats")).Is(200);
        Assert.Equal("""{"total":2,"pending":0,"provisioning":0,"ready":2,"deleting":0,"error":0}""", provider["ipBlock"]!.ToJsonString());
        Assert.Equal((3, 2), (provider["machine"]!["total"].Number(), provider["machine"]!["inUse"].Number()));
        Assert.NotNull(first["id"]);
    }
}
