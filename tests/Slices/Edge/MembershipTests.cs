using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Nico.Tests.Slices.Infrastructure;
using Npgsql;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>What a token makes of its bearer in an org. spec/00-conventions.md, sections 3.4 to 3.6 and 15.</summary>
public sealed class MembershipTests(IssuersHost issuers, TestHost host) : IClassFixture<IssuersHost>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static int _people;

    private static string Somebody() => "somebody-" + Interlocked.Increment(ref _people);

    [Fact]
    public async Task One_audience_of_several_is_enough()
    {
        (string, JsonNode?) scopes = ("scope", "read write");
        foreach (var aud in new JsonNode[] { "nico", "nico-cli", new JsonArray("other", "nico") })
        {
            (await issuers.WhoAmI("strict", issuers.Strict.Token(scopes, ("aud", aud)))).Is(200);
        }

        foreach (var aud in new JsonNode?[] { null, "other", "", "NICO", new JsonArray(), new JsonArray("other"), 7 })
        {
            (await issuers.WhoAmI("strict", issuers.Strict.Token(scopes, ("aud", aud)))).Is(401);
        }

        (await issuers.WhoAmI("strict", issuers.Strict.Token(scopes))).Is(401);
        (await issuers.WhoAmI("acme", issuers.Plain.Token(("aud", "whatever")))).Is(200);
    }

    [Fact]
    public async Task Every_scope_is_needed_in_whichever_form()
    {
        (string, JsonNode?) audience = ("aud", "nico");
        foreach (var (claim, value) in new (string, JsonNode)[]
        {
            ("scope", "read write more"), ("scope", "write,read"), ("scope", "read;write"), ("scope", "read\twrite"),
            ("scopes", new JsonArray("read", "write")), ("scp", new JsonArray("write", "read", "x")), ("scp", """["read","write"]"""),
        })
        {
            (await issuers.WhoAmI("strict", issuers.Strict.Token(audience, (claim, value)))).Is(200);
        }

        (await issuers.WhoAmI("strict", issuers.Strict.Token(audience, ("scope", "read")))).Is(403);
        (await issuers.WhoAmI("strict", issuers.Strict.Token(audience, ("scope", "READ WRITE")))).Is(403);
        // The first claim that is there counts, the others do not.
        (await issuers.WhoAmI("strict", issuers.Strict.Token(audience, ("scope", "read"), ("scp", "read write")))).Is(403);
        (await issuers.WhoAmI("strict", issuers.Strict.Token(audience))).Is(403);
        (await issuers.WhoAmI("strict", issuers.Strict.Token(("aud", "other"), ("scope", "read")))).Is(401);
    }

    [Fact]
    public async Task Every_route_asks_for_audience_and_scopes()
    {
        var good = ("scope", (JsonNode?)"read write");
        var routes = AccessTests.RoutesOf(host).ToArray();
        Assert.True(routes.Length > 40);
        foreach (var (endpoint, method, _) in routes)
        {
            var path = AccessTests.Path(endpoint, "strict");
            async Task<int> With(params (string, JsonNode?)[] claims) =>
                (await issuers.Host.Bearing("strict", issuers.Strict.Token(claims)).Send(method, path, AccessTests.Body(method))).Status;
            Assert.Equal(401, await With(good, ("aud", "somebody-else")));
            Assert.Equal(401, await With(good));
            Assert.Equal(403, await With(("aud", "nico"), ("scope", "read")));
            Assert.Equal(403, await With(("aud", "nico")));
            Assert.NotEqual(401, await With(("aud", "nico"), good));
        }
    }

    [Fact]
    public async Task A_dynamic_org_has_the_roles_that_its_token_lists()
    {
        foreach (var roles in new JsonNode[]
        {
            new JsonArray("TENANT_ADMIN"), "TENANT_ADMIN", "x, TENANT_ADMIN", "x;TENANT_ADMIN", "x TENANT_ADMIN", """["x","TENANT_ADMIN"]""",
            new JsonArray("SOMETHING", "TENANT_ADMIN", 7),
        })
        {
            var org = TestHost.NewOrg();
            var client = issuers.Host.Bearing(org, issuers.DynamicToken(org.ToUpperInvariant(), roles, title: "The Org"));
            var tenant = (await client.Get("tenant/current")).Is(200);
            Assert.Equal(org, tenant["org"].Text());
            Assert.Equal("The Org", tenant["orgDisplayName"].Text());
            (await client.Get("infrastructure-provider/current")).Is(403);
        }
    }

    [Fact]
    public async Task Without_a_display_name_the_org_s_own_spelling_is_shown()
    {
        var org = TestHost.NewOrg();
        var client = issuers.Host.Bearing(org, issuers.DynamicToken(org.ToUpperInvariant(), "PROVIDER_ADMIN"));
        Assert.Equal(org.ToUpperInvariant(), (await client.Get("infrastructure-provider/current")).Is(200)["orgDisplayName"].Text());
    }

    [Fact]
    public async Task Only_the_two_admin_roles_count_and_no_role_is_401()
    {
        var org = TestHost.NewOrg();
        foreach (var roles in new JsonNode?[] { null, "", new JsonArray(), "PROVIDER_VIEWER", "NICO_PROVIDER_ADMIN", "tenant_admin", 7, new JsonObject() })
        {
            (await issuers.WhoAmI(org, issuers.DynamicToken(org, roles))).Is(401);
        }
    }

    [Fact]
    public async Task An_org_without_a_mapping_is_401_and_a_reserved_one_403()
    {
        var org = TestHost.NewOrg();
        (await issuers.WhoAmI(org, issuers.DynamicToken("another", "TENANT_ADMIN"))).Is(401);
        (await issuers.WhoAmI(org, issuers.Dynamic.Token())).Is(401);
        (await issuers.WhoAmI(org, issuers.Dynamic.Token(("data", "text")))).Is(401);
        foreach (var reserved in new[] { "acme", "ACME", "robots", "fallback" })
        {
            (await issuers.WhoAmI(reserved, issuers.DynamicToken(reserved, "PROVIDER_ADMIN"))).Is(403);
        }

        // Keycloak's realm gives no roles there either, not even beside one that it may give.
        foreach (var reserved in new[] { "acme", "ACME", "robots", "fallback" })
        {
            (await issuers.WhoAmI(reserved, issuers.People.Token(("oidc_id", "u-1"), ("realm_access", Realm(reserved, "PROVIDER_ADMIN"))))).Is(403);
            (await issuers.WhoAmI(reserved, issuers.Keycloak.Token(("client_id", "robot"), ("realm_access", Realm(reserved, "PROVIDER_ADMIN"))))).Is(403);
        }

        // The next mapping is looked at when the first is another org's.
        (await issuers.WhoAmI("fallback", issuers.DynamicToken("another", "TENANT_ADMIN"))).Is(200);
    }

    [Fact]
    public async Task A_claim_s_own_name_may_have_dots()
    {
        var client = issuers.Host.Bearing("dotted", issuers.Dotted.Token(("https://nico.example/roles", new JsonArray("TENANT_ADMIN"))));
        (await client.Get("tenant/current")).Is(200);
        (await issuers.WhoAmI("dotted", issuers.Dotted.Token(("https://nico", new JsonObject { ["example/roles"] = "TENANT_ADMIN" })))).Is(200);
        (await issuers.WhoAmI("dotted", issuers.Dotted.Token())).Is(401);
    }

    [Fact]
    public async Task A_service_account_mapping_makes_provider_and_tenant()
    {
        var client = issuers.Host.Bearing("robots", issuers.Robot.Token());
        Assert.True((await client.Get("service-account/current")).Is(200)["enabled"].Flag());
        (await client.Get("infrastructure-provider/current")).Is(200);
        (await client.Get("tenant/current")).Is(200);
        Assert.False((await issuers.Host.Bearing("acme", issuers.Plain.Token()).Get("service-account/current")).Is(200)["enabled"].Flag());
    }

    [Fact]
    public async Task Keycloak_roles_are_read_from_the_realm()
    {
        string Token(params string[] roles) => issuers.People.Token(
            ("oidc_id", "u-1"), ("realm_access", new JsonObject { ["roles"] = new JsonArray([.. roles.Select(role => (JsonNode)role)]) }));

        var org = TestHost.NewOrg();
        var upper = org.ToUpperInvariant();
        var both = issuers.Host.Bearing(upper, Token($"{upper}:TENANT_ADMIN", $" {org} :PROVIDER_VIEWER", $"{org}:TENANT_ADMIN", "org:", ":role", "a:b:c", "offline_access"));
        Assert.Equal(org, (await both.Get("tenant/current")).Is(200)["org"].Text());
        (await both.Get("infrastructure-provider/current")).Is(200);
        (await issuers.Host.Bearing(org, Token($"{org}:PROVIDER_ADMIN")).Get("tenant/current")).Is(403);
        // A role that means nothing here still makes a member.
        (await issuers.WhoAmI(org, Token($"{org}:WHATEVER"))).Is(200);
        (await issuers.WhoAmI(org, Token("another:TENANT_ADMIN"))).Is(403);
        (await issuers.WhoAmI(org, Token($"{org}:", $":{org}", $"{org}", $"{org}:a:b", $"{org}: "))).Is(403);
        (await issuers.WhoAmI(org, issuers.People.Token(("oidc_id", "u-1")))).Is(403);
        (await issuers.WhoAmI(org, issuers.People.Token(("oidc_id", "u-1"), ("realm_access", "text")))).Is(403);
        (await issuers.WhoAmI(org, issuers.People.Token(("oidc_id", " "), ("realm_access", Realm(org))))).Is(401);
        (await issuers.WhoAmI(org, issuers.People.Token(("realm_access", Realm(org))))).Is(401);
    }

    [Fact]
    public async Task Keycloak_client_tokens_are_service_accounts_where_they_are_wanted()
    {
        var org = TestHost.NewOrg();
        (await issuers.WhoAmI(org, issuers.People.Token(("client_id", "robot"), ("realm_access", Realm(org))))).Is(401);
        var sub = Somebody();
        var client = issuers.Host.Bearing(org, issuers.Keycloak.Token(("sub", sub), ("client_id", "robot"), ("oidc_id", "other"), ("realm_access", Realm(org, "TENANT_ADMIN"))));
        Assert.True((await client.Get("service-account/current")).Is(200)["enabled"].Flag());
        var user = (await client.Get("user/current")).Is(200);
        Assert.Equal("robot", user["firstName"].Text());
        Assert.Equal(user["id"].Id(), await UserId(issuers.Keycloak, sub));
        (await client.Get("tenant/current")).Is(200);
        (await client.Get("infrastructure-provider/current")).Is(403);
    }

    [Fact]
    public async Task Keycloak_users_are_known_by_their_oidc_id()
    {
        var org = TestHost.NewOrg();
        var id = Somebody();
        var user = (await issuers.WhoAmI(org, issuers.People.Token(
            ("sub", "changing"), ("oidc_id", id), ("given_name", "Ada"), ("family_name", "King"), ("email", "ada@example.org"), ("realm_access", Realm(org))))).Is(200);
        Assert.Equal(user["id"].Id(), await UserId(issuers.People, id));
        Assert.Equal(("Ada", "King", "ada@example.org"), (user["firstName"].Text(), user["lastName"].Text(), user["email"].Text()));
    }

    [Fact]
    public async Task A_client_does_not_become_the_row_of_the_user_whose_id_its_subject_is()
    {
        var org = TestHost.NewOrg();
        var id = Somebody();
        var token = issuers.Keycloak.Token(("sub", "s"), ("oidc_id", id), ("given_name", "Ada"), ("realm_access", Realm(org)));
        var user = (await issuers.WhoAmI(org, token)).Is(200);
        var client = (await issuers.WhoAmI(org, issuers.Keycloak.Token(("sub", id), ("client_id", "c1"), ("realm_access", Realm(org))))).Is(200);
        Assert.NotEqual(user["id"].Id(), client["id"].Id());
        Assert.Equal("Ada", (await issuers.WhoAmI(org, token)).Is(200)["firstName"].Text());
    }

    [Theory]
    [InlineData("""{"given_name":"Ada","family_name":"King","name":"X Y"}""", "Ada", "King")]
    [InlineData("""{"name":"Ada Augusta King"}""", "Ada", "Augusta King")]
    [InlineData("""{"name":"  Ada   King  "}""", "Ada", "King")]
    [InlineData("""{"preferred_username":"ada"}""", "ada", null)]
    [InlineData("""{"firstName":"Ada","lastName":"King"}""", "Ada", "King")]
    [InlineData("""{"first_name":"Ada","last_name":"King"}""", "Ada", "King")]
    [InlineData("""{"name":"Ada Augusta","family_name":"King"}""", "Ada Augusta", "King")]
    [InlineData("""{"name":7,"given_name":""}""", null, null)]
    [InlineData("{}", null, null)]
    public async Task Names_are_taken_from_the_claims_that_are_there(string claims, string? first, string? last)
    {
        var sub = Somebody();
        (string, JsonNode?)[] more = [.. JsonNode.Parse(claims)!.AsObject().Select(claim => (claim.Key, claim.Value?.DeepClone())), ("sub", sub)];
        var user = (await issuers.WhoAmI("acme", issuers.Plain.Token(more))).Is(200);
        Assert.Equal(first, user["firstName"]?.GetValue<string>());
        Assert.Equal(last, user["lastName"]?.GetValue<string>());
        Assert.Null(user["email"]);
        Assert.Equal(user["id"].Id(), await UserId(issuers.Plain, sub));
    }

    [Fact]
    public async Task A_user_follows_its_tokens_and_is_the_same_in_every_org()
    {
        var sub = Somebody();
        var (one, two) = (TestHost.NewOrg(), TestHost.NewOrg());
        var first = (await issuers.WhoAmI(one, issuers.DynamicToken(one, "TENANT_ADMIN", sub))).Is(200);
        var second = (await issuers.WhoAmI(two, issuers.DynamicToken(two, "PROVIDER_ADMIN", sub))).Is(200);
        Assert.Equal(first["id"].Id(), second["id"].Id());
        var renamed = (await issuers.WhoAmI(one, issuers.Dynamic.Token(
            ("sub", sub), ("name", "New Name"), ("email", "new@example.org"), ("data", new JsonObject { ["org"] = one, ["roles"] = "TENANT_ADMIN" })))).Is(200);
        Assert.Equal(first["id"].Id(), renamed["id"].Id());
        Assert.Equal("new@example.org", renamed["email"].Text());
        // The same subject of another issuer is somebody else.
        Assert.NotEqual(first["id"].Id(), (await issuers.WhoAmI("acme", issuers.Plain.Token(("sub", sub)))).Is(200)["id"].Id());
    }

    [Fact]
    public async Task First_requests_of_a_new_user_at_the_same_time_make_one_row()
    {
        var sub = Somebody();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => issuers.WhoAmI("acme", issuers.Plain.Token(("sub", sub), ("jti", "call-" + i)))));
        Assert.Single(answers.Select(answer => answer.Is(200)["id"].Id()).Distinct());
    }

    [Fact]
    public async Task A_refused_org_makes_no_user()
    {
        var sub = Somebody();
        (await issuers.WhoAmI("stranger", issuers.Plain.Token(("sub", sub)))).Is(401);
        Assert.Null(await UserId(issuers.Plain, sub));
    }

    private static JsonObject Realm(string org, string role = "ANY") => new() { ["roles"] = new JsonArray($"{org}:{role}") };

    private async Task<Guid?> UserId(TestIssuer issuer, string subject)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(issuer.Uri)))[..10];
        await using var ask = issuers.Host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select id from identity.users where subject = $1");
        ask.Parameters.Add(new() { Value = $"{hash}:{subject}" });
        return (Guid?)await ask.ExecuteScalarAsync(Stop);
    }
}
