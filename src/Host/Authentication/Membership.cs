using System.Text.Json;
using Nico.SharedKernel;

namespace Nico.Host.Authentication;

/// <summary>What a token's bearer is in one org.</summary>
internal sealed record Membership(string OrgDisplayName, IReadOnlyList<string> Roles, bool IsServiceAccount = false)
{
    private static readonly string[] _serviceAccountRoles = ["PROVIDER_ADMIN", "TENANT_ADMIN"];

    /// <summary>
    /// Decides what the bearer of <paramref name="token"/> is in <paramref name="org"/> (lower case): audience, scopes, then
    /// org and roles; 401 or 403 when it is nothing. Source: spec/00-conventions.md, section 3.4.
    /// </summary>
    public static Membership Of(VerifiedToken token, string org, Issuers issuers)
    {
        RequireAudience(token);
        RequireScopes(token);
        return token.Issuer.Origin switch
        {
            IssuerOrigin.Keycloak => Keycloak(token, org, issuers),
            IssuerOrigin.Development => Development(token, org),
            _ => Mapped(token, org, issuers),
        };
    }

    private static void RequireAudience(VerifiedToken token)
    {
        if (token.Issuer.Audiences.Count > 0 && !Claims.List(token.Payload.At("aud")).Intersect(token.Issuer.Audiences, StringComparer.Ordinal).Any())
        {
            throw TokenVerifier.Refuse("The token is not meant for this service");
        }
    }

    private static void RequireScopes(VerifiedToken token)
    {
        if (token.Issuer.Scopes.Count == 0)
        {
            return;
        }

        var claim = token.Payload.At("scope") ?? token.Payload.At("scopes") ?? token.Payload.At("scp");
        if (token.Issuer.Scopes.Except(Claims.List(claim), StringComparer.Ordinal).Any())
        {
            throw Problem.Forbidden("The token lacks a scope that this service needs");
        }
    }

    private static Membership Mapped(VerifiedToken token, string org, Issuers issuers)
    {
        foreach (var mapping in token.Issuer.Mappings)
        {
            var name = mapping.OrgName ?? token.Payload.Text(mapping.OrgAttribute!);
            if (!string.Equals(name, org, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (mapping.OrgAttribute is not null)
            {
                RequireFree(org, issuers);
            }

            var displayName = mapping.OrgName is not null
                ? mapping.OrgDisplayName
                : mapping.OrgDisplayAttribute is { } path ? token.Payload.Text(path) : null;
            if (mapping.IsServiceAccount)
            {
                return new Membership(displayName ?? name!, _serviceAccountRoles, true);
            }

            var claimed = mapping.RolesAttribute is { } roles ? Claims.List(token.Payload.At(roles)) : mapping.Roles;
            return new Membership(displayName ?? name!, NotEmpty([.. claimed.Intersect(_serviceAccountRoles, StringComparer.Ordinal)]));
        }

        throw TokenVerifier.Refuse("The token gives no access to this org");
    }

    private static Membership Keycloak(VerifiedToken token, string org, Issuers issuers)
    {
        var isClient = token.Payload.Text("client_id") is not null;
        if (isClient && !token.Issuer.ServiceAccount)
        {
            throw TokenVerifier.Refuse("Service accounts are not accepted from this issuer");
        }

        if (!isClient && token.Payload.Text("oidc_id") is null)
        {
            throw TokenVerifier.Refuse("The token has no oidc_id");
        }

        var roles = Claims.List(token.Payload.At("realm_access.roles"))
            .Select(role => role.Split(':'))
            .Where(parts => parts.Length == 2 && parts.All(part => !string.IsNullOrWhiteSpace(part)))
            .Where(parts => string.Equals(parts[0].Trim(), org, StringComparison.OrdinalIgnoreCase))
            .Select(parts => parts[1].Trim())
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        if (roles.Length == 0)
        {
            throw Problem.Forbidden("The token gives no role in this org");
        }

        RequireFree(org, issuers);
        return new Membership(org, roles, isClient);
    }

    /// <summary>An org that the configuration names is given by the mapping that names it, and not by what a token says.</summary>
    private static void RequireFree(string org, Issuers issuers)
    {
        if (issuers.StaticOrgs.Contains(org))
        {
            throw Problem.Forbidden("The token claims an org that is reserved");
        }
    }

    private static Membership Development(VerifiedToken token, string org)
    {
        var name = token.Payload.Text("org");
        return !string.Equals(name, org, StringComparison.OrdinalIgnoreCase)
            ? throw TokenVerifier.Refuse("The token gives no access to this org")
            : token.Payload.At("service_account") is { ValueKind: JsonValueKind.True }
                ? new Membership(name!, _serviceAccountRoles, true)
                : new Membership(name!, Claims.List(token.Payload.At("roles")));
    }

    private static IReadOnlyList<string> NotEmpty(IReadOnlyList<string> roles) =>
        roles.Count > 0 ? roles : throw TokenVerifier.Refuse("The token gives no role in this org");
}
