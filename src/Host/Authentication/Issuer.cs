using System.Globalization;

namespace Nico.Host.Authentication;

/// <summary>An issuer whose configuration has been checked, with its keys.</summary>
internal sealed record Issuer(
    string Name,
    string Uri,
    IssuerOrigin Origin,
    IReadOnlyList<string> Audiences,
    IReadOnlyList<string> Scopes,
    bool ServiceAccount,
    IReadOnlyList<ClaimMappingOptions> Mappings,
    ISigningKeys Keys);

/// <summary>Every issuer that this service accepts.</summary>
internal sealed class Issuers
{
    private static readonly string[] _mappableRoles = ["PROVIDER_ADMIN", "TENANT_ADMIN"];

    private static readonly TimeSpan _longestTimeout = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Issuer> _byUri;

    private Issuers(IReadOnlyList<Issuer> all)
    {
        All = all;
        _byUri = all.ToDictionary(issuer => issuer.Uri, StringComparer.Ordinal);
        StaticOrgs = all.SelectMany(issuer => issuer.Mappings)
            .Select(mapping => mapping.OrgName)
            .OfType<string>()
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Issuer> All { get; }

    /// <summary>Orgs that a configuration names: no claim of a token may yield one of them, whoever signed it.</summary>
    public IReadOnlySet<string> StaticOrgs { get; }

    /// <summary>The issuer with exactly this <c>iss</c>.</summary>
    public Issuer? WithUri(string uri) => _byUri.GetValueOrDefault(uri);

    /// <summary>Checks the configured issuers and adds the development issuer, if there is one.</summary>
    /// <exception cref="ConfigurationProblem">The configuration is wrong; the message says where.</exception>
    public static Issuers From(IReadOnlyList<IssuerOptions> configured, bool disconnected, Issuer? development, Func<IssuerOptions, TimeSpan, ISigningKeys> keys)
    {
        var problems = new List<string>();
        var issuers = new List<Issuer>();
        foreach (var options in configured)
        {
            var origin = options.Origin.ToUpperInvariant() switch
            {
                "" or "CUSTOM" => IssuerOrigin.Custom,
                "KEYCLOAK" => IssuerOrigin.Keycloak,
                _ => (IssuerOrigin?)null,
            };
            Need(origin is not null, options, $"Origin must be custom or keycloak, not '{options.Origin}'");
            Need(options.Name.Length > 0, options, "Name is missing");
            Need(options.Issuer.Length > 0, options, "Issuer is missing");
            Need(System.Uri.TryCreate(options.Jwks, UriKind.Absolute, out var jwks) && jwks.Scheme is "http" or "https", options, "Jwks must be an http or https URL");
            Need(Duration(options.JwksTimeout) is { Ticks: > 0 } timeout && timeout <= _longestTimeout, options, $"JwksTimeout must be a duration of at most {_longestTimeout.TotalMinutes} minutes, such as 5s: not '{options.JwksTimeout}'");
            Need(origin is not IssuerOrigin.Keycloak || options.ClaimMappings.Count == 0, options, "only a custom issuer has ClaimMappings");
            Need(origin is not IssuerOrigin.Custom || options.ClaimMappings.Count > 0, options, "a custom issuer needs ClaimMappings, or none of its tokens is of use");
            Need(!options.ServiceAccount || disconnected, options, "ServiceAccount needs Env:Disconnected");
            foreach (var mapping in options.ClaimMappings)
            {
                Need(mapping.OrgName is null != mapping.OrgAttribute is null, options, "a claim mapping has either OrgName or OrgAttribute");
                Need(mapping.OrgDisplayAttribute is null || mapping.OrgAttribute is not null, options, "OrgDisplayAttribute needs OrgAttribute");
                Need(mapping.OrgDisplayName is null || mapping.OrgName is not null, options, "OrgDisplayName needs OrgName");
                Need(mapping.Roles.Count == 0 || mapping.RolesAttribute is null, options, "a claim mapping has either Roles or RolesAttribute");
                Need(mapping.Roles.Count > 0 || mapping.RolesAttribute is not null || mapping.IsServiceAccount, options, "a claim mapping needs Roles, RolesAttribute or IsServiceAccount");
                Need(mapping.Roles.TrueForAll(_mappableRoles.Contains), options, "a claim mapping's Roles may be PROVIDER_ADMIN and TENANT_ADMIN only");
                Need(
                    !mapping.IsServiceAccount || (mapping.Roles.Count == 0 && mapping.RolesAttribute is null && mapping.OrgAttribute is null),
                    options,
                    "IsServiceAccount goes with OrgName alone");
                Need(!mapping.IsServiceAccount || disconnected, options, "IsServiceAccount needs Env:Disconnected");
            }

            issuers.Add(new Issuer(
                options.Name,
                options.Issuer,
                origin ?? IssuerOrigin.Custom,
                options.Audiences,
                options.Scopes,
                options.ServiceAccount,
                options.ClaimMappings,
                keys(options, Duration(options.JwksTimeout) ?? TimeSpan.FromSeconds(5))));
        }

        Unique(configured.Select(options => options.Name), "Name");
        Unique(configured.Select(options => options.Issuer), "Issuer");
        Unique(configured.Select(options => options.Jwks), "Jwks");
        if (configured.SelectMany(options => options.ClaimMappings).Count(mapping => mapping.OrgAttribute is not null) > 1)
        {
            problems.Add("Issuers: at most one claim mapping of all may have OrgAttribute");
        }

        var orgs = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var options in configured)
        {
            foreach (var org in options.ClaimMappings.Select(mapping => mapping.OrgName).OfType<string>())
            {
                Need(orgs.Add(org) || options.AllowDuplicateStaticOrgNames, options, $"OrgName '{org}' is used twice");
            }
        }

        if (problems.Count > 0)
        {
            throw new ConfigurationProblem(string.Join("; ", problems));
        }

        return new Issuers(development is null ? issuers : [development, .. issuers]);

        void Need(bool holds, IssuerOptions options, string problem)
        {
            if (!holds)
            {
                problems.Add($"Issuers '{(options.Name.Length > 0 ? options.Name : options.Issuer)}': {problem}");
            }
        }

        void Unique(IEnumerable<string> values, string key)
        {
            foreach (var twice in values.GroupBy(value => value, StringComparer.Ordinal).Where(group => group.Key.Length > 0 && group.Count() > 1))
            {
                problems.Add($"Issuers: {key} '{twice.Key}' is used twice");
            }
        }
    }

    /// <summary>A duration as <c>hh:mm:ss</c>, <c>5s</c>, <c>500ms</c> or <c>1m</c>; 5 s when empty; null when it is none.</summary>
    private static TimeSpan? Duration(string text)
    {
        if (text.Length == 0)
        {
            return TimeSpan.FromSeconds(5);
        }

        // A bare number would be days to TimeSpan, and seconds to whoever wrote it.
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span : null;
        }

        var unit = text.TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.');
        return double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number <= 1_000_000
            ? unit switch
            {
                "ms" => TimeSpan.FromMilliseconds(number),
                "s" => TimeSpan.FromSeconds(number),
                "m" => TimeSpan.FromMinutes(number),
                _ => null,
            }
            : null;
    }
}
