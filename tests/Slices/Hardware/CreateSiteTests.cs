using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Hardware;

/// <summary>spec/40-site.md, section 13.1.</summary>
public sealed class CreateSiteTests(TestHost host)
{
    [Fact]
    public async Task A_site_starts_Pending_with_a_token_that_only_administrators_of_its_provider_see()
    {
        var (provider, providerId) = await host.Provider();
        var before = DateTimeOffset.UtcNow;
        var site = (await provider.Post("site", new { name = "hall-1" })).Is(201);

        Assert.Equal("hall-1", site["name"].Text());
        Assert.Equal(provider.Org, site["org"].Text());
        Assert.Equal(providerId, site["infrastructureProviderId"].Id());
        Assert.Equal("Pending", site["status"].Text());
        Assert.False(site["isOnline"].Flag());
        Assert.False(site["isSerialConsoleEnabled"].Flag());
        Assert.Equal("Pending", Assert.Single(site["statusHistory"]!.AsArray())!["status"].Text());
        Assert.Equal(27, site["registrationToken"].Text().Length);
        Assert.InRange(site["registrationTokenExpiration"].Time(), before.AddHours(23.9), before.AddHours(24.1));
        foreach (var member in new[]
        {
            "description", "siteControllerVersion", "siteAgentVersion", "serialConsoleHostname", "serialConsoleIdleTimeout",
            "serialConsoleMaxSessionLength",
        })
        {
            Assert.True(site.AsObject().ContainsKey(member), member);
            Assert.Null(site[member]);
        }

        foreach (var member in new[]
        {
            "location", "contact", "machineStats", "gpuStats", "isSerialConsoleSSHKeysEnabled", "infrastructureProvider",
        })
        {
            Assert.False(site.AsObject().ContainsKey(member), member);
        }

        Assert.True(JsonNode.DeepEquals(site["capabilities"], new JsonObject
        {
            ["nativeNetworking"] = false,
            ["networkSecurityGroup"] = true,
            ["nvLinkPartition"] = false,
            ["flow"] = false,
            ["imageBasedOperatingSystem"] = false,
        }));

        var read = (await provider.Get($"site/{site["id"].Text()}")).Is(200);
        Assert.True(JsonNode.DeepEquals(site, read), read.ToJsonString());
        var viewer = (await host.As(provider.Org, "PROVIDER_VIEWER").Get($"site/{site["id"].Text()}")).Is(200);
        Assert.Null(viewer["registrationToken"]);
        Assert.Null(viewer["registrationTokenExpiration"]);
    }

    [Fact]
    public async Task Everything_that_is_given_is_echoed()
    {
        var (provider, _) = await host.Provider();
        var site = (await provider.Post("site", new
        {
            name = "Hauptstraße 1 — Halle",
            description = "the \"first\" one",
            location = new { city = "Bonn", state = "NRW", country = "DE" },
            contact = new { email = "noc@example.com" },
            serialConsoleHostname = "console_1.hall-1.example.com",
        })).Is(201);
        Assert.Equal("Hauptstraße 1 — Halle", site["name"].Text());
        Assert.Equal("the \"first\" one", site["description"].Text());
        Assert.Equal("""{"city":"Bonn","state":"NRW","country":"DE"}""", site["location"]!.ToJsonString());
        Assert.Equal("""{"email":"noc@example.com"}""", site["contact"]!.ToJsonString());
        Assert.Equal("console_1.hall-1.example.com", site["serialConsoleHostname"].Text());

        var partly = (await provider.Post("site", new { name = "partly", location = new { city = "Bonn" } })).Is(201);
        Assert.Equal("""{"city":"Bonn"}""", partly["location"]!.ToJsonString());
    }

    [Theory]
    [InlineData("192.0.2.7")]
    [InlineData("2001:db8::7")]
    [InlineData("console")]
    [InlineData("a.b.example.com.")]
    [InlineData("")]
    public async Task A_console_is_an_address_or_a_name_or_empty(string hostname)
    {
        var (provider, _) = await host.Provider();
        var site = (await provider.Post("site", new { name = "site", serialConsoleHostname = hostname })).Is(201);
        Assert.Equal(hostname, site["serialConsoleHostname"].Text());
    }

    [Theory]
    [InlineData("-console")]
    [InlineData("con sole")]
    [InlineData("a..b")]
    [InlineData("https://console")]
    [InlineData("console\n")]
    public async Task Anything_else_is_no_console(string hostname)
    {
        var (provider, _) = await host.Provider();
        (await provider.Post("site", new { name = "site", serialConsoleHostname = hostname })).Fails(400, "serialConsoleHostname");
    }

    [Fact]
    public async Task Names_have_2_to_256_bytes_and_no_outer_white_space()
    {
        var (provider, _) = await host.Provider();
        foreach (var name in new[] { null, "", "a", " ab", "ab\n", new string('x', 257), new string('é', 129) })
        {
            (await provider.Post("site", new { name })).Fails(400, "name");
        }

        (await provider.Post("site", new { name = "ab" })).Is(201);
        (await provider.Post("site", new { name = new string('é', 128) })).Is(201);
        Assert.Equal(2, (await provider.Get("site")).Total);
    }

    [Fact]
    public async Task All_wrong_fields_are_named_at_once()
    {
        var (provider, _) = await host.Provider();
        (await provider.Post("site", new { name = "x", serialConsoleHostname = "?", description = 7, location = new { city = true }, contact = "me" }))
            .Fails(400, "name", "serialConsoleHostname", "description", "location", "contact");
        (await provider.Raw(HttpMethod.Post, "site", "{")).Fails(400);
        (await provider.Raw(HttpMethod.Post, "site", "[]")).Fails(400);
        Assert.Equal(0, (await provider.Get("site")).Total);
    }

    [Fact]
    public async Task A_name_is_taken_once_for_each_provider_letter_case_told_apart()
    {
        var (provider, _) = await host.Provider();
        var first = (await provider.Post("site", new { name = "twin" })).Is(201);
        (await provider.Post("site", new { name = "twin" })).ConflictsWith(first["id"]);
        (await provider.Post("site", new { name = "Twin" })).Is(201);
        var (other, _) = await host.Provider();
        (await other.Post("site", new { name = "twin" })).Is(201);
    }

    [Fact]
    public async Task Of_many_requests_for_one_name_one_wins()
    {
        var (provider, _) = await host.Provider();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => provider.Post("site", new { name = "raced" })));
        var winner = Assert.Single(answers, answer => answer.Status == 201).Json!["id"];
        foreach (var loser in answers.Where(answer => answer.Status != 201))
        {
            loser.ConflictsWith(winner);
        }
    }

    [Fact]
    public async Task Only_a_provider_s_administrator_makes_sites()
    {
        var (provider, _) = await host.Provider();
        (await host.As(provider.Org, "PROVIDER_VIEWER").Post("site", new { name = "site" })).Fails(403);
        (await host.As(provider.Org, "TENANT_ADMIN").Post("site", new { name = "site" })).Fails(403);
        (await provider.In(TestHost.NewOrg()).Post("site", new { name = "site" })).Is(401);
        (await host.Host.Bearing(provider.Org, null).Post("site", new { name = "site" })).Is(401);
        (await host.As(TestHost.NewOrg(), "PROVIDER_ADMIN").Post("site", new { name = "site" })).Fails(404);
    }

    [Fact]
    public async Task A_token_is_shown_only_while_it_can_be_used()
    {
        var (provider, _) = await host.Provider();
        var id = await HardwareWorld.Site(provider);
        await new HardwareWorld(host).Sql("update hardware.site set registration_token_expiration = now() - interval '1 second' where id = @id", new { id });
        var site = (await provider.Get($"site/{id}")).Is(200);
        Assert.Null(site["registrationToken"]);
        Assert.Null(site["registrationTokenExpiration"]);
    }

    [Fact]
    public async Task The_change_is_in_the_audit_trail()
    {
        var (provider, _) = await host.Provider();
        (await provider.Post("site", new { name = "audited" })).Is(201);
        var entry = (await provider.Get("audit?orderBy=TIMESTAMP_DESC")).Items()[0]!;
        Assert.Equal("POST", entry["method"].Text());
        Assert.Equal(201, entry["statusCode"].Number());
        Assert.Equal("audited", entry["body"]!["name"].Text());
    }
}
