using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>Which tokens are to be trusted. spec/00-conventions.md, sections 3.1, 3.2 and 15.</summary>
public sealed class TokenTests(IssuersHost issuers, TestHost host) : IClassFixture<IssuersHost>
{
    private Task<Answer> Ask(string? token) => issuers.WhoAmI("acme", token);

    private static (string, string)[] Authorization(string value) => [("Authorization", value)];

    [Fact]
    public async Task A_good_token_is_accepted_however_bearer_is_spelled()
    {
        var token = issuers.Plain.Token();
        (await Ask(token)).Is(200);
        foreach (var value in new[] { $"bearer {token}", $"BEARER   {token}", $"Bearer\t{token}" })
        {
            (await issuers.Host.Bearing("acme", null).Send(HttpMethod.Get, "user/current", null, Authorization(value))).Is(200);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("Token x")]
    [InlineData("Bearer")]
    [InlineData("Bearer a b")]
    [InlineData("Bearer garbage")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Bearer ..")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.")]
    [InlineData("Bearer W10.W10.W10")]
    [InlineData("Bearer a.b.c.d.e")]
    public async Task What_is_no_bearer_token_is_401(string header)
    {
        var answer = await issuers.Host.Bearing("acme", null).Send(HttpMethod.Get, "user/current", null, Authorization(header));
        answer.Is(401);
        Assert.StartsWith("Bearer", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        (await issuers.Host.Bearing("acme", null).Get("user/current")).Is(401);
    }

    [Fact]
    public async Task Two_authorization_headers_are_none()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(issuers.Host.Address, "/v2/org/acme/nico/user/current"));
        request.Headers.TryAddWithoutValidation("Authorization", [$"Bearer {issuers.Plain.Token()}", $"Bearer {issuers.Plain.Token()}"]);
        using var http = new HttpClient();
        Assert.Equal(401, (int)(await http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Only_the_exact_issuer_is_known()
    {
        var plain = issuers.Plain;
        foreach (var iss in new JsonNode?[] { null, "", plain.Uri + "/", plain.Uri.ToUpperInvariant(), "https://stranger.example", 7, new JsonArray(plain.Uri) })
        {
            (await Ask(plain.Token(("iss", iss)))).Is(401);
        }

        var without = plain.Claims();
        without.Remove("iss");
        (await Ask(plain.Key.Sign(without))).Is(401);
    }

    [Fact]
    public async Task Expiry_is_required_and_honoured_with_half_a_minute_of_leeway()
    {
        var plain = issuers.Plain;
        Assert.Contains("expired", (await Ask(plain.Token(("exp", plain.In(TimeSpan.FromSeconds(-31)))))).Is(401)["message"].Text(), StringComparison.Ordinal);
        (await Ask(plain.Token(("exp", plain.In(TimeSpan.FromSeconds(-5)))))).Is(200);
        Assert.Contains("not valid yet", (await Ask(plain.Token(("nbf", plain.In(TimeSpan.FromMinutes(1)))))).Is(401)["message"].Text(), StringComparison.Ordinal);
        (await Ask(plain.Token(("nbf", plain.In(TimeSpan.FromSeconds(20))), ("iat", plain.In(TimeSpan.FromSeconds(20)))))).Is(200);
        Assert.Contains("future", (await Ask(plain.Token(("iat", plain.In(TimeSpan.FromMinutes(1)))))).Is(401)["message"].Text(), StringComparison.Ordinal);
        (await Ask(plain.Token(("nbf", plain.In(TimeSpan.FromMinutes(-1))), ("iat", plain.In(TimeSpan.FromHours(-5)))))).Is(200);
        var without = plain.Claims();
        without.Remove("exp");
        (await Ask(plain.Key.Sign(without))).Is(401);
        foreach (var exp in new JsonNode?[] { null, "soon", -1, 0, true, new JsonArray(), 1e300 })
        {
            Assert.True((await Ask(plain.Token(("exp", exp)))).Status is 401 || exp?.GetValueKind() == System.Text.Json.JsonValueKind.Number);
        }

        (await Ask(plain.Token(("exp", plain.In(TimeSpan.FromMinutes(5)) + 0.5)))).Is(200);
    }

    [Fact]
    public async Task A_token_that_was_accepted_ends_with_the_leeway_and_none_may_live_longer_than_is_configured()
    {
        await using var server = await IssuerServer.Start();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        var issuer = new TestIssuer("short", TestKey.Make("ES256"), clock);
        var settings = new Dictionary<string, string?> { ["Tokens:LongestLife"] = "01:00:00", ["Tokens:Leeway"] = "00:00:10" };
        issuer.AddTo(settings, server, ("ClaimMappings:0:OrgName", "short"), ("ClaimMappings:0:Roles:0", "TENANT_ADMIN"));
        server.Publish("short", issuer.Key.Jwk());
        await using var running = await TestHost.StartHost(await host.NewDatabase(), settings, null, clock);
        var token = issuer.Token(("exp", issuer.In(TimeSpan.FromSeconds(5))), ("iat", issuer.In(TimeSpan.Zero)));
        Task<Answer> Bearing(string text) => running.Bearing("short", text).Get("user/current");
        (await Bearing(token)).Is(200);
        clock.Advance(TimeSpan.FromSeconds(14));
        (await Bearing(token)).Is(200);
        clock.Advance(TimeSpan.FromSeconds(2));
        (await Bearing(token)).Is(401);

        (await Bearing(issuer.Token(("exp", issuer.In(TimeSpan.FromMinutes(59)))))).Is(200);
        (await Bearing(issuer.Token(("exp", issuer.In(TimeSpan.FromMinutes(61)))))).Is(401);
        (await Bearing(issuer.Token(("exp", issuer.In(TimeSpan.FromMinutes(30))), ("iat", issuer.In(TimeSpan.FromMinutes(-31)))))).Is(401);
        (await Bearing(issuer.Token(("exp", 1_000_000_000_000_000_000)))).Is(401);
    }

    [Fact]
    public async Task A_control_character_in_any_claim_is_401()
    {
        foreach (var text in new[] { "a\0b", "a\nb", "a\u001bb", "\u0085" })
        {
            (await Ask(issuers.Plain.Token(("sub", text)))).Is(401);
            (await Ask(issuers.Plain.Token(("email", text)))).Is(401);
            (await Ask(issuers.Plain.Token(("given_name", text)))).Is(401);
            (await Ask(issuers.Plain.Token(("x", new JsonObject { ["y"] = new JsonArray(text) })))).Is(401);
            (await Ask(issuers.Plain.Token(("x", new JsonObject { [text] = 1 })))).Is(401);
        }

        (await Ask(issuers.Plain.Token(("given_name", "Žofie O’Neil")))).Is(200);
    }

    [Fact]
    public async Task An_rsa_key_of_less_than_2048_bits_signs_nothing_however_it_is_written()
    {
        await using var server = await IssuerServer.Start();
        var settings = new Dictionary<string, string?>();
        var all = new[] { 1024, 2040, 2048 }.Select(bits => (Bits: bits, Issuer: new TestIssuer($"rsa{bits}", TestKey.Rsa(bits)))).ToList();
        foreach (var (bits, issuer) in all)
        {
            issuer.AddTo(settings, server, ("ClaimMappings:0:OrgName", issuer.Name), ("ClaimMappings:0:Roles:0", "TENANT_ADMIN"));
            var key = issuer.Key.Jwk();
            if (bits < 2048)
            {
                var padded = new byte[256];
                var modulus = Base64UrlEncoder.DecodeBytes(key["n"]!.GetValue<string>());
                modulus.CopyTo(padded, padded.Length - modulus.Length);
                key["n"] = Base64UrlEncoder.Encode(padded);
            }

            server.Publish(issuer.Name, key);
        }

        await using var running = await TestHost.StartHost(await host.NewDatabase(), settings, null);
        foreach (var (bits, issuer) in all)
        {
            (await running.Bearing(issuer.Name, issuer.Token()).Get("user/current")).Is(bits < 2048 ? 401 : 200);
        }
    }

    [Fact]
    public async Task A_subject_is_required()
    {
        var without = issuers.Plain.Claims();
        without.Remove("sub");
        (await Ask(issuers.Plain.Key.Sign(without))).Is(401);
        foreach (var sub in new JsonNode?[] { null, "", "  " })
        {
            (await Ask(issuers.Plain.Token(("sub", sub)))).Is(401);
        }
    }

    [Fact]
    public async Task A_wrong_signature_is_401()
    {
        using var other = TestKey.Make("RS256", issuers.Plain.Key.Kid);
        using var unknown = TestKey.Make("RS256");
        var token = issuers.Plain.Token();
        (await Ask(other.Sign(issuers.Plain.Claims()))).Is(401);
        (await Ask(unknown.Sign(issuers.Plain.Claims()))).Is(401);
        (await Ask(token[..^8] + "AAAAAAAA")).Is(401);
        (await Ask(token[..(token.LastIndexOf('.') + 1)])).Is(401);
        var parts = token.Split('.');
        (await Ask($"{parts[0]}.{TestKey.Part(issuers.Plain.Claims(("sub", "somebody-else")))}.{parts[2]}")).Is(401);
    }

    [Fact]
    public async Task Unsigned_and_symmetric_tokens_are_401_also_with_the_public_key_as_the_secret()
    {
        var key = issuers.Plain.Key;
        var claims = TestKey.Part(issuers.Plain.Claims());
        foreach (var alg in new[] { "none", "None", "NONE", "" })
        {
            (await Ask($"{TestKey.Part(new JsonObject { ["alg"] = alg, ["kid"] = key.Kid })}.{claims}.")).Is(401);
            (await Ask(key.Sign(issuers.Plain.Claims(), header => header["alg"] = alg))).Is(401);
        }

        var published = IssuerServer.Set(key.Jwk());
        foreach (var secret in new[] { key.Pem(), published, key.Jwk()["n"]!.GetValue<string>(), "" })
        {
            foreach (var alg in new[] { "HS256", "HS384", "HS512" })
            {
                var text = TestKey.Part(new JsonObject { ["alg"] = alg, ["kid"] = key.Kid }) + "." + claims;
                var bytes = Encoding.ASCII.GetBytes(text);
                var mac = alg switch
                {
                    "HS256" => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes),
                    "HS384" => HMACSHA384.HashData(Encoding.UTF8.GetBytes(secret), bytes),
                    _ => HMACSHA512.HashData(Encoding.UTF8.GetBytes(secret), bytes),
                };
                (await Ask($"{text}.{Base64UrlEncoder.Encode(mac)}")).Is(401);
            }
        }
    }

    [Fact]
    public async Task A_header_s_own_keys_and_extensions_are_not_followed()
    {
        using var mine = TestKey.Make("RS256");
        var claims = issuers.Plain.Claims();
        (await Ask(mine.Sign(claims, header => header["jwk"] = mine.Jwk()))).Is(401);
        (await Ask(mine.Sign(claims, header => header["jku"] = issuers.Server.Jwks("stranger")))).Is(401);
        (await Ask(mine.Sign(claims, header => header["x5u"] = issuers.Server.Jwks("stranger")))).Is(401);
        Assert.Equal(0, issuers.Server.Asked("stranger"));
        (await Ask(issuers.Plain.Key.Sign(claims, header =>
        {
            header["crit"] = new JsonArray("exp");
        }))).Is(401);
    }

    [Fact]
    public async Task A_key_works_for_its_issuer_and_its_algorithm_only()
    {
        // Both issuers' keys have the same id.
        (await Ask(issuers.Plain.Token())).Is(200);
        (await issuers.WhoAmI("namesake", issuers.Namesake.Token())).Is(200);
        (await Ask(issuers.Namesake.Key.Sign(issuers.Plain.Claims()))).Is(401);
        (await issuers.WhoAmI("namesake", issuers.Plain.Key.Sign(issuers.Namesake.Claims()))).Is(401);
        // The key is published for RS256.
        (await Ask(issuers.Plain.Key.Sign(issuers.Plain.Claims(), alg: "PS256"))).Is(401);
        (await Ask(issuers.Plain.Key.Sign(issuers.Plain.Claims(), alg: "RS512"))).Is(401);
    }

    [Fact]
    public async Task Odd_tokens_are_401_and_never_an_error_of_ours()
    {
        var key = issuers.Plain.Key;
        var text = TestKey.Part(new JsonObject { ["alg"] = "RS256", ["kid"] = key.Kid });
        foreach (var payload in new[] { "[]", "null", "7", "\"text\"", "{", "", "{\"iss\":\"" + issuers.Plain.Uri + "\"}{}", "\u0000" })
        {
            (await Ask($"{text}.{Base64UrlEncoder.Encode(payload)}.AAAA")).Is(401);
        }

        // An encrypted token, a header of the wrong shape, a kid of the wrong type.
        (await Ask(TestKey.Part(new JsonObject { ["alg"] = "RSA-OAEP", ["enc"] = "A256GCM" }) + ".AAAA.AAAA.AAAA.AAAA")).Is(401);
        (await Ask($"{Base64UrlEncoder.Encode("[]")}.{TestKey.Part(issuers.Plain.Claims())}.AAAA")).Is(401);
        (await Ask(key.Sign(issuers.Plain.Claims(), header => header["kid"] = 7))).Is(401);
        (await Ask(key.Sign(issuers.Plain.Claims(), header => header["kid"] = new JsonObject()))).Is(401);
    }

    [Fact]
    public async Task The_org_of_the_path_may_be_in_any_case_and_answers_in_lower_case()
    {
        var answer = (await issuers.Host.Bearing("ACME", issuers.Plain.Token()).Get("tenant/current")).Is(200);
        Assert.Equal("acme", answer["org"].Text());
        Assert.Equal("Acme & Sons", answer["orgDisplayName"].Text());
        (await issuers.WhoAmI("acme2", issuers.Plain.Token())).Is(401);
    }

    [Fact]
    public async Task Every_algorithm_of_the_list_is_accepted_and_keys_are_found_without_a_key_id()
    {
        await using var server = await IssuerServer.Start();
        var settings = new Dictionary<string, string?>();
        var algorithms = new[] { "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512" };
        var all = algorithms.Select(alg => new TestIssuer(alg.ToLowerInvariant(), TestKey.Make(alg))).ToList();
        foreach (var issuer in all)
        {
            // Before the right key stand others, for the same and for another algorithm, and entries that are no keys at all.
            using var another = TestKey.Make(issuer.Key.Alg);
            server.Publish(
                issuer.Name,
                new JsonObject { ["kty"] = "RSA", ["kid"] = "broken", ["n"] = "!!!", ["e"] = "AQAB" },
                new JsonObject { ["kty"] = "oct", ["kid"] = issuer.Key.Kid, ["k"] = "AAAA" },
                another.Jwk(),
                issuer.Key.Jwk(use: null));
            issuer.AddTo(settings, server, ("ClaimMappings:0:OrgName", issuer.Name), ("ClaimMappings:0:Roles:0", "TENANT_ADMIN"));
        }

        var nameless = new TestIssuer("nameless", TestKey.Make("ES256"));
        server.Publish(nameless.Name, nameless.Key.Jwk(withAlg: false));
        nameless.AddTo(settings, server, ("ClaimMappings:0:OrgName", "nameless"), ("ClaimMappings:0:Roles:0", "TENANT_ADMIN"));
        var encrypting = new TestIssuer("encrypting", TestKey.Make("ES256"));
        server.Publish(encrypting.Name, encrypting.Key.Jwk(use: "enc"));
        encrypting.AddTo(settings, server, ("ClaimMappings:0:OrgName", "encrypting"), ("ClaimMappings:0:Roles:0", "TENANT_ADMIN"));
        await using var running = await TestHost.StartHost(await host.NewDatabase(), settings, null);
        foreach (var issuer in all)
        {
            (await running.Bearing(issuer.Name, issuer.Token()).Get("user/current")).Is(200);
            (await running.Bearing(issuer.Name, issuer.Key.Sign(issuer.Claims(), header => header.Remove("kid"))).Get("user/current")).Is(200);
        }

        // A key without an algorithm can be named, but not guessed; a key for encryption signs nothing.
        (await running.Bearing("nameless", nameless.Token()).Get("user/current")).Is(200);
        (await running.Bearing("nameless", nameless.Key.Sign(nameless.Claims(), header => header.Remove("kid"))).Get("user/current")).Is(401);
        (await running.Bearing("encrypting", encrypting.Token()).Get("user/current")).Is(401);
    }
}
