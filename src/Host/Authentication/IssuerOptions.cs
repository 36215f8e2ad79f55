namespace Nico.Host.Authentication;

/// <summary>Where the users of an issuer's tokens get their org and roles from.</summary>
internal enum IssuerOrigin
{
    /// <summary>From the issuer's claim mappings.</summary>
    Custom,

    /// <summary>From <c>realm_access.roles</c>, entries of the form <c>org:ROLE</c>.</summary>
    Keycloak,

    /// <summary>From the claims of Nico's own development issuer.</summary>
    Development,
}

/// <summary>One issuer of tokens that this service accepts: an entry of the configuration section <c>Issuers</c>.</summary>
internal sealed class IssuerOptions
{
    /// <summary>Name for logs.</summary>
    public string Name { get; set; } = "";

    /// <summary>The <c>iss</c> of its tokens, compared exactly.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>URL of its key set.</summary>
    public string Jwks { get; set; } = "";

    /// <summary><c>custom</c> (the default) or <c>keycloak</c>.</summary>
    public string Origin { get; set; } = "";

    /// <summary>Longest wait for its key set, such as <c>00:00:05</c> or <c>5s</c>. Default 5 s.</summary>
    public string JwksTimeout { get; set; } = "";

    /// <summary>When not empty: a token's <c>aud</c> must hold one of these.</summary>
    public List<string> Audiences { get; set; } = [];

    /// <summary>When not empty: a token must have all of these scopes.</summary>
    public List<string> Scopes { get; set; } = [];

    /// <summary>Keycloak only: true when client tokens are accepted, as service accounts.</summary>
    public bool ServiceAccount { get; set; }

    /// <summary>True when a static org of this issuer may repeat one of an earlier issuer.</summary>
    public bool AllowDuplicateStaticOrgNames { get; set; }

    /// <summary>How claims become org and roles; the first that fits the org of the path decides.</summary>
    public List<ClaimMappingOptions> ClaimMappings { get; set; } = [];
}

/// <summary>One claim mapping. Source: spec/00-conventions.md, section 3.4.</summary>
internal sealed class ClaimMappingOptions
{
    /// <summary>A static org.</summary>
    public string? OrgName { get; set; }

    /// <summary>Display name of the static org.</summary>
    public string? OrgDisplayName { get; set; }

    /// <summary>Claim path of a dynamic org.</summary>
    public string? OrgAttribute { get; set; }

    /// <summary>Claim path of its display name.</summary>
    public string? OrgDisplayAttribute { get; set; }

    /// <summary>Static roles.</summary>
    public List<string> Roles { get; set; } = [];

    /// <summary>Claim path of the roles.</summary>
    public string? RolesAttribute { get; set; }

    /// <summary>True when the bearer is provider and tenant of the org at once.</summary>
    public bool IsServiceAccount { get; set; }
}
