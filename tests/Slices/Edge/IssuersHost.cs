using System.Text.Json.Nodes;
using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>A Host that accepts the tokens of many issuers, each configured in another way.</summary>
public sealed class IssuersHost(TestHost tests) : IAsyncLifetime
{
    internal RunningHost Host { get; private set; } = null!;

    internal IssuerServer Server { get; private set; } = null!;

    /// <summary>One static org, <c>acme</c>.</summary>
    internal TestIssuer Plain { get; } = new("plain", TestKey.Make("RS256"));

    /// <summary>Org <c>strict</c>: audiences <c>nico</c> or <c>nico-cli</c>, scopes <c>read</c> and <c>write</c>.</summary>
    internal TestIssuer Strict { get; } = new("strict", TestKey.Make("ES256"));

    /// <summary>Any org that the token names; roles from the token. After it, a static org.</summary>
    internal TestIssuer Dynamic { get; } = new("dynamic", TestKey.Make("ES256"));

    /// <summary>Static org <c>robots</c>, a service account.</summary>
    internal TestIssuer Robot { get; } = new("robot", TestKey.Make("ES256"));

    /// <summary>Roles in a claim whose name has dots.</summary>
    internal TestIssuer Dotted { get; } = new("dotted", TestKey.Make("ES256"));

    /// <summary>Keycloak with client tokens.</summary>
    internal TestIssuer Keycloak { get; } = new("keycloak", TestKey.Make("RS256"));

    /// <summary>Keycloak without client tokens.</summary>
    internal TestIssuer People { get; } = new("people", TestKey.Make("RS256"));

    /// <summary>Its key has the id of <see cref="Plain"/>'s.</summary>
    internal TestIssuer Namesake { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await IssuerServer.Start();
        Namesake = new TestIssuer("namesake", TestKey.Make("RS256", Plain.Key.Kid));
        var settings = new Dictionary<string, string?>();
        Plain.AddTo(settings, Server, ("ClaimMappings:0:OrgName", "Acme"), ("ClaimMappings:0:OrgDisplayName", "Acme & Sons"),
            ("ClaimMappings:0:Roles:0", "PROVIDER_ADMIN"), ("ClaimMappings:0:Roles:1", "TENANT_ADMIN"));
        Strict.AddTo(settings, Server, ("Audiences:0", "nico"), ("Audiences:1", "nico-cli"), ("Scopes:0", "read"), ("Scopes:1", "write"),
            ("ClaimMappings:0:OrgName", "strict"), ("ClaimMappings:0:Roles:0", "TENANT_ADMIN"));
        Dynamic.AddTo(settings, Server, ("ClaimMappings:0:OrgAttribute", "data.org"), ("ClaimMappings:0:OrgDisplayAttribute", "data.title"),
            ("ClaimMappings:0:RolesAttribute", "data.roles"), ("ClaimMappings:1:OrgName", "fallback"), ("ClaimMappings:1:RolesAttribute", "data.roles"));
        Robot.AddTo(settings, Server, ("ClaimMappings:0:OrgName", "robots"), ("ClaimMappings:0:IsServiceAccount", "true"));
        Dotted.AddTo(settings, Server, ("ClaimMappings:0:OrgName", "dotted"), ("ClaimMappings:0:RolesAttribute", "https://nico.example/roles"));
        Keycloak.AddTo(settings, Server, ("Origin", "KeyCloak"), ("ServiceAccount", "true"));
        People.AddTo(settings, Server, ("Origin", "keycloak"));
        Namesake.AddTo(settings, Server, ("ClaimMappings:0:OrgName", "namesake"), ("ClaimMappings:0:Roles:0", "TENANT_ADMIN"));
        foreach (var issuer in new[] { Plain, Strict, Dynamic, Robot, Dotted, Keycloak, People, Namesake })
        {
            Server.Publish(issuer.Name, issuer.Key.Jwk());
        }

        Host = await TestHost.StartHost(await tests.NewDatabase(), settings, null);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Server.DisposeAsync();
    }

    /// <summary>Asks who the bearer is.</summary>
    internal Task<Answer> WhoAmI(string org, string? token) => Host.Bearing(org, token).Get("user/current");

    internal string DynamicToken(string org, JsonNode? roles, string sub = "somebody", string? title = null) =>
        Dynamic.Token(("sub", sub), ("data", new JsonObject { ["org"] = org, ["roles"] = roles, ["title"] = title }));
}
