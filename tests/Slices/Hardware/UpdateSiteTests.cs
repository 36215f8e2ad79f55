using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>spec/40-site.md, sections 7, 10 and 13.3.</summary>
public sealed class UpdateSiteTests(TestHost host)
{
    private readonly HardwareWorld _world = new(host);

    [Fact]
    public async Task Everything_of_a_registered_site_can_be_changed()
    {
        var (provider, id) = await Arrange("Registered");
        var before = (await provider.Get($"site/{id}")).Is(200);
        var changed = (await provider.Patch($"site/{id}", new
        {
            name = "renamed",
            description = "moved",
            serialConsoleHostname = "console.example.com",
            isSerialConsoleEnabled = true,
            serialConsoleIdleTimeout = 60,
            serialConsoleMaxSessionLength = 3600,
            location = new { city = "Bonn" },
            contact = new { email = "noc@example.com" },
            capabilities = new { nativeNetworking = true, networkSecurityGroup = false, nvLinkPartition = true, flow = true, imageBasedOperatingSystem = true },
        })).Is(200);
        Assert.Equal("renamed", changed["name"].Text());
        Assert.Equal("moved", changed["description"].Text());
        Assert.Equal("console.example.com", changed["serialConsoleHostname"].Text());
        Assert.True(changed["isSerialConsoleEnabled"].Flag());
        Assert.Equal(60, changed["serialConsoleIdleTimeout"].Number());
        Assert.Equal(3600, changed["serialConsoleMaxSessionLength"].Number());
        Assert.Equal("""{"city":"Bonn"}""", changed["location"]!.ToJsonString());
        Assert.Equal("""{"email":"noc@example.com"}""", changed["contact"]!.ToJsonString());
        Assert.Equal(
            """{"nativeNetworking":true,"networkSecurityGroup":false,"nvLinkPartition":true,"flow":true,"imageBasedOperatingSystem":true}""",
            changed["capabilities"]!.ToJsonString());
        Assert.True(changed["updated"].Time() > before["updated"].Time());
        Assert.True(JsonNode.DeepEquals(changed, (await provider.Get($"site/{id}")).Is(200)));

        var one = (await provider.Patch($"site/{id}", new { capabilities = new { flow = false }, location = new { country = "DE" } })).Is(200);
        Assert.Equal(
            """{"nativeNetworking":true,"networkSecurityGroup":false,"nvLinkPartition":true,"flow":false,"imageBasedOperatingSystem":true}""",
            one["capabilities"]!.ToJsonString());
        Assert.Equal("""{"country":"DE"}""", one["location"]!.ToJsonString());
        Assert.Equal("renamed", one["name"].Text());

        var same = (await provider.Patch($"site/{id}", new { })).Is(200);
        Assert.Equal(one["updated"].Text(), same["updated"].Text());
        Assert.Equal("", (await provider.Patch($"site/{id}", new { serialConsoleHostname = "" })).Is(200)["serialConsoleHostname"].Text());
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_nothing_changes()
    {
        var (provider, id) = await Arrange("Registered");
        var before = (await provider.Get($"site/{id}")).Is(200);
        (await provider.Patch($"site/{id}", new
        {
            name = "x",
            description = "changed",
            serialConsoleHostname = "?",
            serialConsoleIdleTimeout = 0,
            serialConsoleMaxSessionLength = -1,
            isSerialConsoleSSHKeysEnabled = true,
        })).Fails(400, "name", "serialConsoleHostname", "serialConsoleIdleTimeout", "serialConsoleMaxSessionLength", "isSerialConsoleSSHKeysEnabled");
        Assert.True(JsonNode.DeepEquals(before, (await provider.Get($"site/{id}")).Is(200)));
        (await provider.Patch("site/nonsense", new { })).Is(400);
        (await provider.Patch($"site/{Guid.NewGuid()}", new { })).Is(404);
    }

    [Fact]
    public async Task A_name_that_a_sibling_has_is_a_conflict()
    {
        var (provider, id) = await Arrange("Pending");
        var sibling = await HardwareWorld.Site(provider, "sibling");
        (await provider.Patch($"site/{id}", new { name = "sibling" })).ConflictsWith(JsonValue.Create(sibling.ToString()));
        (await provider.Patch($"site/{id}", new { name = "site" })).Is(200);
        (await provider.Patch($"site/{id}", new { name = "Sibling" })).Is(200);
    }

    [Fact]
    public async Task Of_many_sites_that_want_one_name_one_gets_it()
    {
        var (provider, _) = await host.Provider();
        var sites = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => HardwareWorld.Site(provider, $"site-{number}")));
        var answers = await Task.WhenAll(sites.Select(site => provider.Patch($"site/{site}", new { name = "raced" })));
        var winner = Assert.Single(answers, answer => answer.Status == 200).Json!["id"];
        foreach (var loser in answers.Where(answer => answer.Status != 200))
        {
            loser.ConflictsWith(winner);
        }
    }

    [Theory]
    [InlineData("Pending")]
    [InlineData("Error")]
    public async Task The_console_can_be_changed_at_a_registered_site_only(string status)
    {
        var (provider, id) = await Arrange(status);
        (await provider.Patch($"site/{id}", new { isSerialConsoleEnabled = true })).Fails(400, "isSerialConsoleEnabled");
        (await provider.Patch($"site/{id}", new { serialConsoleIdleTimeout = 1 })).Fails(400, "serialConsoleIdleTimeout");
        (await provider.Patch($"site/{id}", new { serialConsoleMaxSessionLength = 1 })).Fails(400, "serialConsoleMaxSessionLength");
        (await provider.Patch($"site/{id}", new { isSerialConsoleEnabled = false })).Is(200);
    }

    [Theory]
    [InlineData("Pending", "Pending", 2)]
    [InlineData("Error", "Pending", 2)]
    [InlineData("Registered", "Registered", 1)]
    public async Task A_renewed_token_replaces_the_former_one(string status, string after, int entries)
    {
        var (provider, id) = await Arrange(status);
        var before = (await provider.Get($"site/{id}")).Is(200);
        var renewed = (await provider.Patch($"site/{id}", new { renewRegistrationToken = true })).Is(200);
        Assert.Equal(after, renewed["status"].Text());
        Assert.Equal(27, renewed["registrationToken"].Text().Length);
        Assert.NotEqual(before["registrationToken"].Text(), renewed["registrationToken"].Text());
        Assert.True(renewed["registrationTokenExpiration"].Time() > before["registrationTokenExpiration"].Time());
        Assert.Equal(entries, renewed["statusHistory"]!.AsArray().Count);
        Assert.True(JsonNode.DeepEquals(renewed, (await provider.Get($"site/{id}")).Is(200)));

        var kept = await _world.Read<string>("select registration_token from hardware.site where id = @id", new { id });
        Assert.StartsWith("v1.", kept);
        Assert.DoesNotContain(renewed["registrationToken"].Text(), kept, StringComparison.Ordinal);
        var same = (await provider.Patch($"site/{id}", new { renewRegistrationToken = false })).Is(200);
        Assert.Equal(renewed["registrationToken"].Text(), same["registrationToken"].Text());
    }

    [Fact]
    public async Task A_conflict_leaves_the_token_as_it_was()
    {
        var (provider, id) = await Arrange("Pending");
        await HardwareWorld.Site(provider, "sibling");
        var before = (await provider.Get($"site/{id}")).Is(200);
        (await provider.Patch($"site/{id}", new { name = "sibling", renewRegistrationToken = true })).Is(409);
        (await provider.Patch($"site/{id}", new { isSerialConsoleEnabled = true, renewRegistrationToken = true })).Is(400);
        Assert.True(JsonNode.DeepEquals(before, (await provider.Get($"site/{id}")).Is(200)));
    }

    [Fact]
    public async Task Only_the_provider_changes_a_site()
    {
        var (provider, id) = await Arrange("Registered");
        var before = (await provider.Get($"site/{id}")).Is(200);
        (await host.As(provider.Org, "PROVIDER_VIEWER").Patch($"site/{id}", new { name = "taken" })).Fails(403);
        var (other, _) = await host.Provider();
        (await other.Patch($"site/{id}", new { name = "taken" })).Fails(404);

        // A tenant of the site, whose org is a provider as well: it is no owner for that.
        var account = await host.ServiceAccount();
        (await account.Client.Patch($"site/{id}", new { name = "taken" })).Fails(404);
        await _world.Allocate(account.TenantId, id);
        (await account.Client.Patch($"site/{id}", new { name = "taken", location = new { city = "Bonn" }, renewRegistrationToken = true }))
            .Fails(400, "name", "location", "renewRegistrationToken");
        (await account.Client.Patch($"site/{id}", new { isSerialConsoleSSHKeysEnabled = true })).Fails(400, "isSerialConsoleSSHKeysEnabled");
        (await account.Client.Patch($"site/{id}", new { })).Fails(403);
        Assert.True(JsonNode.DeepEquals(before, (await provider.Get($"site/{id}")).Is(200)));
    }

    [Fact]
    public async Task An_org_that_is_tenant_too_changes_its_own_site()
    {
        var account = await host.ServiceAccount();
        var id = await HardwareWorld.Site(account.Client);
        await _world.Allocate(account.TenantId, id);
        Assert.Equal("mine", (await account.Client.Patch($"site/{id}", new { description = "mine" })).Is(200)["description"].Text());
    }

    [Fact]
    public async Task The_history_is_listed_page_by_page_for_whoever_sees_the_site()
    {
        var (provider, id) = await Arrange("Pending");
        for (var i = 0; i < 3; i++)
        {
            (await provider.Patch($"site/{id}", new { renewRegistrationToken = true })).Is(200);
        }

        var page = await host.As(provider.Org, "PROVIDER_VIEWER").Get($"site/{id}/status-history?pageSize=3");
        Assert.Equal(3, page.Items().Count);
        Assert.Equal(4, page.Total);
        var times = page.Items().Select(entry => entry!["created"].Time()).ToArray();
        Assert.Equal(times.OrderDescending(), times);
        var oldest = (await provider.Get($"site/{id}/status-history?orderBy=CREATED_ASC&pageSize=1")).Items()[0]!;
        Assert.Equal("Waits for its controller to report for the first time", oldest["message"].Text());

        (await provider.Get($"site/{id}/status-history?orderBy=NAME_ASC")).Is(400);
        (await provider.Get($"site/{id}/status-history?pageSize=101")).Is(400);
        (await provider.Get($"site/{Guid.NewGuid()}/status-history")).Is(404);
        (await provider.Get("site/nonsense/status-history")).Is(400);
        var (tenant, tenantId) = await host.Tenant();
        (await tenant.Get($"site/{id}/status-history")).Is(404);
        await _world.Allocate(tenantId, id);
        Assert.Equal(4, (await tenant.Get($"site/{id}/status-history")).Total);
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Get($"site/{id}/status-history")).Is(400);
    }

    private async Task<(ApiClient Provider, Guid Id)> Arrange(string status)
    {
        var (provider, _) = await host.Provider();
        var id = await HardwareWorld.Site(provider);
        await _world.Sql("update hardware.site set status = @status, inventory_received = now() + interval '1 hour' where id = @id", new { id, status });
        return (provider, id);
    }
}
