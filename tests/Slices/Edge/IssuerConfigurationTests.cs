using Nico.Host;
using Xunit;

namespace Nico.Tests.Slices.Edge;

/// <summary>A wrong configuration of issuers stops the start and says what is wrong. spec/00-conventions.md, section 13.</summary>
public sealed class IssuerConfigurationTests
{
    private static Dictionary<string, string?> Good() => new()
    {
        ["Issuers:0:Name"] = "one",
        ["Issuers:0:Issuer"] = "https://one.example",
        ["Issuers:0:Jwks"] = "https://one.example/keys",
        ["Issuers:0:ClaimMappings:0:OrgName"] = "acme",
        ["Issuers:0:ClaimMappings:0:Roles:0"] = "TENANT_ADMIN",
        ["Issuers:1:Name"] = "two",
        ["Issuers:1:Issuer"] = "https://two.example",
        ["Issuers:1:Jwks"] = "https://two.example/keys",
        ["Issuers:1:ClaimMappings:0:OrgAttribute"] = "org",
        ["Issuers:1:ClaimMappings:0:RolesAttribute"] = "roles",
        ["Issuers:2:Name"] = "three",
        ["Issuers:2:Issuer"] = "https://three.example",
        ["Issuers:2:Jwks"] = "https://three.example/keys",
        ["Issuers:2:Origin"] = "keycloak",
    };

    private static string? ProblemOf(IReadOnlyDictionary<string, string?> settings)
    {
        try
        {
            _ = NicoServer.Build(new ServerSettings
            {
                ConnectionString = "Host=localhost",
                RoutesOnly = true,
                Overrides = new Dictionary<string, string?>(settings) { ["Http:Port"] = "0", ["Http:MetricsPort"] = "0" },
            });
            return null;
        }
        catch (ConfigurationProblem problem)
        {
            return problem.Message;
        }
    }

    private static string? ProblemWith(params (string Key, string? Value)[] changes)
    {
        var settings = Good();
        foreach (var (key, value) in changes)
        {
            settings["Issuers:" + key] = value;
        }

        return ProblemOf(settings);
    }

    [Fact]
    public void A_right_configuration_starts()
    {
        Assert.Null(ProblemOf(Good()));
        foreach (var timeout in new[] { "", "5s", "500ms", "1m", "0.5s", "00:00:05" })
        {
            Assert.Null(ProblemWith(("0:JwksTimeout", timeout)));
        }

        foreach (var origin in new[] { "", "custom", "CUSTOM", "Custom" })
        {
            Assert.Null(ProblemWith(("0:Origin", origin)));
        }
    }

    [Fact]
    public void No_issuer_at_all_is_refused() => Assert.Contains("issuer", ProblemOf(new Dictionary<string, string?>()), StringComparison.Ordinal);

    [Theory]
    [InlineData("Name is missing", "0:Name", "")]
    [InlineData("Issuer is missing", "0:Issuer", "")]
    [InlineData("Jwks", "0:Jwks", "")]
    [InlineData("Jwks", "0:Jwks", "file:///etc/passwd")]
    [InlineData("Jwks", "0:Jwks", "keys")]
    [InlineData("Origin", "0:Origin", "kas-legacy")]
    [InlineData("JwksTimeout", "0:JwksTimeout", "soon")]
    [InlineData("JwksTimeout", "0:JwksTimeout", "5")]
    [InlineData("JwksTimeout", "0:JwksTimeout", "-5s")]
    [InlineData("JwksTimeout", "0:JwksTimeout", "0s")]
    [InlineData("JwksTimeout", "0:JwksTimeout", "99999999999999999999s")]
    [InlineData("Name 'two' is used twice", "0:Name", "two")]
    [InlineData("Issuer 'https://two.example' is used twice", "0:Issuer", "https://two.example")]
    [InlineData("Jwks 'https://two.example/keys' is used twice", "0:Jwks", "https://two.example/keys")]
    [InlineData("OrgName or OrgAttribute", "0:ClaimMappings:0:OrgName", null)]
    [InlineData("OrgName or OrgAttribute", "1:ClaimMappings:0:OrgName", "acme2")]
    [InlineData("OrgDisplayName needs OrgName", "1:ClaimMappings:0:OrgDisplayName", "Acme")]
    [InlineData("OrgDisplayAttribute needs OrgAttribute", "0:ClaimMappings:0:OrgDisplayAttribute", "title")]
    [InlineData("either Roles or RolesAttribute", "0:ClaimMappings:0:RolesAttribute", "roles")]
    [InlineData("needs Roles, RolesAttribute or IsServiceAccount", "1:ClaimMappings:0:RolesAttribute", null)]
    [InlineData("PROVIDER_ADMIN and TENANT_ADMIN only", "0:ClaimMappings:0:Roles:0", "PROVIDER_VIEWER")]
    [InlineData("PROVIDER_ADMIN and TENANT_ADMIN only", "0:ClaimMappings:0:Roles:0", "NICO_TENANT_ADMIN")]
    [InlineData("only a custom issuer has ClaimMappings", "2:ClaimMappings:0:OrgName", "x")]
    [InlineData("ServiceAccount needs Env:Disconnected", "2:ServiceAccount", "true")]
    [InlineData("Issuers:2:ServiceAccount", "2:ServiceAccount", "maybe")]
    [InlineData("Audience", "0:Audience:0", "misspelled")]
    [InlineData("OrgNam", "0:ClaimMappings:0:OrgNam", "misspelled")]
    public void Each_rule_is_named(string problem, string key, string? value) =>
        Assert.Contains(problem, ProblemWith((key, value)) ?? "started", StringComparison.Ordinal);

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var problem = ProblemWith(("0:Name", ""), ("1:Origin", "ldap"), ("2:JwksTimeout", "never"))!;
        Assert.Contains("Name is missing", problem, StringComparison.Ordinal);
        Assert.Contains("ldap", problem, StringComparison.Ordinal);
        Assert.Contains("never", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void One_mapping_of_all_may_be_dynamic()
    {
        Assert.Contains("at most one", ProblemWith(
            ("1:ClaimMappings:1:OrgAttribute", "other"), ("1:ClaimMappings:1:RolesAttribute", "roles")), StringComparison.Ordinal);
        Assert.Contains("at most one", ProblemWith(
            ("0:ClaimMappings:1:OrgAttribute", "other"), ("0:ClaimMappings:1:Roles:0", "TENANT_ADMIN")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_static_org_is_used_once_unless_the_later_issuer_says_that_it_knows()
    {
        (string, string?)[] twice = [("1:ClaimMappings:1:OrgName", "ACME"), ("1:ClaimMappings:1:Roles:0", "TENANT_ADMIN")];
        Assert.Contains("used twice", ProblemWith(twice), StringComparison.Ordinal);
        Assert.Contains("used twice", ProblemWith([.. twice, ("0:AllowDuplicateStaticOrgNames", "true")]), StringComparison.Ordinal);
        Assert.Null(ProblemWith([.. twice, ("1:AllowDuplicateStaticOrgNames", "true")]));
    }

    [Fact]
    public void Service_accounts_go_with_a_static_org_alone_and_in_disconnected_mode_only()
    {
        var settings = Good();
        settings["Issuers:0:ClaimMappings:1:OrgName"] = "robots";
        settings["Issuers:0:ClaimMappings:1:IsServiceAccount"] = "true";
        Assert.Contains("IsServiceAccount needs Env:Disconnected", ProblemOf(settings), StringComparison.Ordinal);
        settings["Env:Disconnected"] = "true";
        Assert.Null(ProblemOf(settings));
        foreach (var (key, value) in new[] { ("Roles:0", "TENANT_ADMIN"), ("RolesAttribute", "roles") })
        {
            Assert.Contains("IsServiceAccount goes with OrgName alone", ProblemOf(
                new Dictionary<string, string?>(settings) { ["Issuers:0:ClaimMappings:1:" + key] = value }), StringComparison.Ordinal);
        }

        Assert.Contains("IsServiceAccount goes with OrgName alone", ProblemOf(
            new Dictionary<string, string?>(settings) { ["Issuers:1:ClaimMappings:0:IsServiceAccount"] = "true", ["Issuers:1:ClaimMappings:0:RolesAttribute"] = null }), StringComparison.Ordinal);
        settings["Env:Disconnected"] = "perhaps";
        Assert.Contains("Disconnected", ProblemOf(settings), StringComparison.Ordinal);
    }
}
