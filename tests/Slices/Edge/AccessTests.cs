using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Nico.Host.Operations;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>Who gets past the gate, on every route that there is: a new route is in these tests by being a route.</summary>
public sealed class AccessTests(TestHost host)
{
    private const string GateMessage = "This needs one of the roles";

    public static readonly string[] Names = ["PROVIDER_ADMIN", "PROVIDER_VIEWER", "TENANT_ADMIN"];

    private IEnumerable<(RouteEndpoint Endpoint, HttpMethod Method, RouteAccess Access)> Routes => RoutesOf(host);

    /// <summary>Every route that asks for a token.</summary>
    internal static IEnumerable<(RouteEndpoint Endpoint, HttpMethod Method, RouteAccess Access)> RoutesOf(TestHost host) =>
        from endpoint in host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let access = endpoint.Metadata.GetMetadata<RouteAccess>()
        where access is not null
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
        select (endpoint, new HttpMethod(method), access);

    /// <summary>A path of the route, with ids that nothing has.</summary>
    internal static string Path(RouteEndpoint endpoint, string org) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments
        .Select(segment => segment.Parts[0] switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "org" } => org,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart => Guid.NewGuid().ToString(),
            var part => ((Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart)part).Content,
        }));

    internal static StringContent? Body(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Delete ? null : new StringContent("{}", System.Text.Encoding.UTF8, "application/json");

    [Fact]
    public async Task No_route_lets_in_who_is_not_known()
    {
        var org = TestHost.NewOrg();
        using var stranger = TestKey.Make("ES256");
        var issuer = new TestIssuer("stranger", stranger);
        var good = host.Host.Token(org, Names);
        var expired = host.Issuer.Sign(org, Names, "late", serviceAccount: true, TimeSpan.FromMinutes(-1), DateTimeOffset.UtcNow);
        var unsigned = TestKey.Part(new JsonObject { ["alg"] = "none" }) + "." + good.Split('.')[1] + ".";
        Assert.True(Routes.Count() > 40);
        foreach (var (endpoint, method, _) in Routes)
        {
            var path = Path(endpoint, org);
            foreach (var header in new[]
            {
                null, "", "Bearer", "Token " + good, $"Bearer {good} x", "Bearer nonsense", $"Bearer {good[..^6]}AAAAAA", "Bearer " + unsigned,
                "Bearer " + expired, "Bearer " + issuer.Token(), "Bearer " + host.Host.Token(org + "-other", Names),
            })
            {
                (string, string)[] headers = header is null ? [] : [("Authorization", header)];
                var answer = await host.Host.Bearing(org, null).Send(method, path, Body(method), headers);
                Assert.True(answer.Status == 401, $"{header}: {answer}");
                Assert.Equal("nico", answer.Json!["source"].Text());
            }
        }
    }

    [Fact]
    public async Task Every_route_lets_in_its_roles_and_no_other()
    {
        foreach (var (endpoint, method, access) in Routes)
        {
            foreach (var role in Names.SelectMany(name => new[] { name, "NICO_" + name, "FORGE_" + name, "X_" + name, name.ToLowerInvariant() }).Append("").Append("ADMIN"))
            {
                // An org for each call, lest a call makes what the next one needs.
                var org = TestHost.NewOrg();
                var answer = await host.As(org, role).Send(method, Path(endpoint, org), Body(method));
                var allowed = access.AnyMember || (Caller.RoleNamed(role) is { } known && access.Roles.Contains(known));
                var stopped = answer.Status == 403 && answer.Json!["message"].Text().StartsWith(GateMessage, StringComparison.Ordinal);
                Assert.True(answer.Status is not 401 && stopped != allowed, $"'{role}' {(allowed ? "may" : "must not")} pass: {answer}");
                Assert.True(answer.Status < 500, answer.ToString());
            }
        }
    }

    [Fact]
    public async Task Whatever_else_listens_is_either_open_by_intention_or_not_there()
    {
        foreach (var endpoint in host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var open = endpoint.Metadata.GetMetadata<OpenRoute>() is not null || endpoint.Metadata.GetMetadata<AnyPort>() is not null;
            if (!open && endpoint.Metadata.GetMetadata<RouteAccess>() is null)
            {
                var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/').Replace("{id}", "x", StringComparison.Ordinal);
                foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
                {
                    (await host.Host.Bearing("x", null).Send(method, path)).Is(404);
                }
            }
        }
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/nothing")]
    [InlineData("GET", "/v1/org/x/nico/site")]
    [InlineData("GET", "/v2")]
    [InlineData("GET", "/v2/")]
    [InlineData("GET", "/v2/nothing")]
    [InlineData("POST", "/v2/org/x/nico/nothing")]
    [InlineData("GET", "/v2/org/x/other/site")]
    [InlineData("GET", "/v2/org/x/nico/site/a/b")]
    [InlineData("GET", "/v2/org/x/nico/site/")]
    [InlineData("GET", "/v2/org/x/nico/user/current/")]
    [InlineData("GET", "/v2/org//nico/site")]
    [InlineData("PUT", "/v2/org/x/nico/site")]
    [InlineData("DELETE", "/v2/org/x/nico/site")]
    [InlineData("PATCH", "/v2/org/x/nico/metadata")]
    [InlineData("HEAD", "/v2/org/x/nico/site")]
    [InlineData("TRACE", "/v2/org/x/nico/site")]
    [InlineData("GET", "/metrics")]
    [InlineData("GET", "/ops/sites")]
    [InlineData("GET", "/_test_url_cache_")]
    public async Task An_unknown_path_or_a_wrong_method_is_404_without_a_token(string method, string path)
    {
        var answer = await host.Host.Bearing("x", null).Send(new HttpMethod(method), path);
        Assert.Equal(404, answer.Status);
        if (method != "HEAD")
        {
            Assert.Equal(["source", "message", "data"], answer.Json!.AsObject().Select(member => member.Key));
        }
    }

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/readyz")]
    public async Task Health_answers_everybody_and_names_its_methods(string path)
    {
        var anybody = host.Host.Bearing("x", null);
        Assert.Equal("""{"is_healthy":true,"error":null}""", (await anybody.Get(path)).Is(200).ToJsonString());
        Assert.Equal(200, (await anybody.Send(HttpMethod.Head, path)).Status);
        var wrong = await anybody.Post(path);
        wrong.Is(405);
        Assert.Contains("GET", wrong.Headers["Allow"], StringComparison.Ordinal);
    }
}
