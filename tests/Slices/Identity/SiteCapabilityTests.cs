using System.Text.Json.Nodes;
using Nico.Tests.Slices.Hardware;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Identity;

/// <summary>What a provider lets a tenant do at its sites. spec/01-versions.md, sections 6.2 and 10.</summary>
public sealed class SiteCapabilityTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task A_default_and_the_sites_that_differ_from_it_are_set_as_a_whole()
    {
        var pair = await Pair();
        var (one, two) = (await pair.Site(), await pair.Site());
        Guid[] both = [.. new[] { one, two }.Order()];
        Assert.Equal(Shown(false), await pair.Allow(Entry(false)));
        Assert.Equal(Shown(false) + On(both), await pair.Allow(Entry(true, two), Entry(false), Entry(true, one)));
        Assert.Equal(Shown(true) + Off([one]), await pair.Allow(Entry(true), Entry(false, one), Entry(true, two)));

        // What is not named falls back to the default.
        Assert.Equal(Shown(true), await pair.Allow(new JsonObject { ["siteIds"] = null, ["targetedInstanceCreation"] = true }));
        foreach (var client in new[] { pair.Provider, pair.Tenant })
        {
            Assert.Equal("""[{"siteIds":[],"targetedInstanceCreation":true}]""", (await client.Get(pair.Path)).Is(200)["siteCapabilities"]!.ToJsonString());
            Assert.Equal(Shown(true), Text((await client.Get("tenant/account")).Items().Single()!));
        }

        static string Shown(bool byDefault) => $"default {byDefault}";
        static string On(Guid[] sites) => $", True at {string.Join(" ", sites)}";
        static string Off(Guid[] sites) => $", False at {string.Join(" ", sites)}";
    }

    [Fact]
    public async Task An_invitation_can_have_capabilities_too()
    {
        var (provider, providerId) = await host.Provider();
        var account = (await provider.Post("tenant/account", new { tenantOrg = TestHost.NewOrg() })).Is(201);
        var path = $"tenant/account/{account["id"]}";
        var changed = (await provider.Patch(path, Body(Entry(true)))).Is(200);
        Assert.Equal(("Invited", "default True"), (changed["status"].Text(), Text(changed)));
        (await provider.Patch(path, Body(Entry(true), Entry(false, await HardwareWorld.Site(provider))))).Fails(400, "siteCapabilities");
    }

    [Fact]
    public async Task What_is_wrong_with_them_is_named_and_changes_nothing()
    {
        var pair = await Pair();
        var site = await pair.Site();
        var unused = await HardwareWorld.Site(pair.Provider, "site-" + Guid.NewGuid());
        var (stranger, _) = await host.Provider();
        var foreign = await HardwareWorld.Site(stranger);
        await _world.Allocate(pair.TenantId, foreign);
        await pair.Allow(Entry(false), Entry(true, site));
        foreach (var body in new[]
        {
            Body(), Body(Entry(true, site)), Body(Entry(true), Entry(false)), Body(Entry(false), Entry(true, site, site)),
            Body(Entry(false), Entry(true, site), Entry(false, site)), Body(Entry(true), Entry(false, foreign)), Body(Entry(true), Entry(false, unused)),
            Body(Entry(true), Entry(false, Guid.NewGuid())), Body(new JsonObject { ["siteIds"] = new JsonArray() }),
            Body(Entry(true), new JsonObject { ["siteIds"] = new JsonArray(site.ToString()) }), new JsonObject { ["siteCapabilities"] = "all" },
            Body(Entry(true), new JsonObject { ["siteIds"] = new JsonArray(site.ToString(), site.ToString().ToUpperInvariant()), ["targetedInstanceCreation"] = true }),
            Body(Entry(true), new JsonObject { ["siteIds"] = new JsonArray("x"), ["targetedInstanceCreation"] = true }),
            Body(new JsonObject { ["targetedInstanceCreation"] = "yes" }), new JsonObject { ["siteCapabilities"] = new JsonArray((JsonNode?)null) },
        })
        {
            (await pair.Provider.Patch(pair.Path, body)).Fails(400, "siteCapabilities");
        }

        var withContact = Body(Entry(true));
        withContact["tenantContactId"] = Guid.NewGuid().ToString();
        (await pair.Provider.Patch(pair.Path, withContact)).Fails(400, "tenantContactId");
        (await pair.Tenant.Patch(pair.Path, Body(Entry(true)))).Is(403);
        (await host.As(pair.Provider.Org, "PROVIDER_VIEWER").Patch(pair.Path, Body(Entry(true)))).Is(403);
        (await stranger.Patch(pair.Path, Body(Entry(true)))).Is(404);
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Patch(pair.Path, Body(Entry(true)))).Is(404);
        (await pair.Provider.Patch($"tenant/account/{Guid.NewGuid()}", Body(Entry(true)))).Is(404);
        Assert.Equal($"default False, True at {site}", Text((await pair.Provider.Get(pair.Path)).Is(200)));
    }

    [Fact]
    public async Task The_right_is_one_of_a_site_and_goes_at_once()
    {
        var pair = await Pair();
        var (one, two) = (await pair.Site(), await pair.Site());
        await pair.Allow(Entry(false), Entry(true, one));
        var unused = await HardwareWorld.Site(pair.Provider, "site-" + Guid.NewGuid());
        Assert.False(await pair.IsPrivileged());
        (await pair.Tenant.Get($"machine?siteId={one}")).Is(200);
        (await pair.Tenant.Get($"machine?siteId={two}")).Fails(400, "siteId");
        (await pair.Tenant.Get($"site/{unused}")).Is(404);

        // By the default also a site where nothing is allocated, but for one that is switched off.
        await pair.Allow(Entry(true), Entry(false, two));
        Assert.False(await pair.IsPrivileged());
        (await pair.Tenant.Get($"site/{unused}")).Is(200);
        Assert.Equal(3, (await pair.Tenant.Get("site")).Total);
        (await pair.Tenant.Get($"machine?siteId={unused}")).Is(200);
        (await pair.Tenant.Get($"machine?siteId={two}")).Fails(400, "siteId");
        Assert.Empty((await pair.Tenant.Get($"vpc?siteId={unused}")).Items());

        await pair.Allow(Entry(true));
        Assert.True(await pair.IsPrivileged());
        await pair.Allow(Entry(false));
        Assert.False(await pair.IsPrivileged());
        (await pair.Tenant.Get("machine")).Is(403);
        (await pair.Tenant.Get($"site/{unused}")).Is(404);
        await pair.Allow(Entry(true));
        await _world.Sql("update identity.tenant_account set status = 'Invited' where tenant_id = @id", new { id = pair.TenantId });
        (await pair.Tenant.Get("machine")).Is(403);
        await _world.Sql("update identity.tenant_account set status = 'Ready' where tenant_id = @id", new { id = pair.TenantId });
        (await pair.Tenant.Get("machine")).Is(200);
        (await pair.Provider.Delete(pair.Path)).Is(202);
        (await pair.Tenant.Get("machine")).Is(403);
        Assert.False(await pair.IsPrivileged());
    }

    [Fact]
    public async Task Of_two_accounts_one_without_the_default_makes_it_no_capability_of_the_tenant()
    {
        var pair = await Pair();
        await pair.Allow(Entry(true));
        Assert.True(await pair.IsPrivileged());
        var (other, _) = await host.Provider();
        var second = $"tenant/account/{(await other.Post("tenant/account", new { tenantOrg = pair.Tenant.Org })).Is(201)["id"]}";
        Assert.True(await pair.IsPrivileged());
        (await pair.Tenant.Patch(second)).Is(200);
        Assert.False(await pair.IsPrivileged());
        (await other.Patch(second, Body(Entry(true)))).Is(200);
        Assert.True(await pair.IsPrivileged());
    }

    private async Task<AccountPair> Pair()
    {
        var (provider, _) = await host.Provider();
        var (tenant, tenantId) = await host.Tenant();
        var path = $"tenant/account/{(await provider.Post("tenant/account", new { tenantOrg = tenant.Org })).Is(201)["id"]}";
        (await tenant.Patch(path)).Is(200);
        return new AccountPair(_world, provider, tenant, tenantId, path);
    }

    private static JsonObject Entry(bool may, params Guid[] sites) => new()
    {
        ["siteIds"] = new JsonArray([.. sites.Select(site => (JsonNode)site.ToString())]),
        ["targetedInstanceCreation"] = may,
    };

    private static JsonObject Body(params JsonNode[] entries) => new() { ["siteCapabilities"] = new JsonArray(entries) };

    /// <summary>The capabilities of an account in words.</summary>
    private static string Text(JsonNode account) => string.Join(", ", account["siteCapabilities"]!.AsArray().Select(entry =>
        entry!["siteIds"]!.AsArray() is { Count: > 0 } sites
            ? $"{entry["targetedInstanceCreation"].Flag()} at {string.Join(" ", sites.Select(site => site.Text()))}"
            : $"default {entry["targetedInstanceCreation"].Flag()}"));

    /// <summary>A provider and a tenant with a Ready account.</summary>
    private sealed record AccountPair(HardwareWorld World, ApiClient Provider, ApiClient Tenant, Guid TenantId, string Path)
    {
        /// <summary>A site where the tenant has something allocated.</summary>
        public async Task<Guid> Site()
        {
            var site = await HardwareWorld.Site(Provider, "site-" + Guid.NewGuid());
            await World.Allocate(TenantId, site);
            return site;
        }

        public async Task<string> Allow(params JsonNode[] entries) => Text((await Provider.Patch(Path, Body(entries))).Is(200));

        public async Task<bool> IsPrivileged() => (await Tenant.Get("tenant/current")).Is(200)["capabilities"]!["targetedInstanceCreation"].Flag();
    }
}
