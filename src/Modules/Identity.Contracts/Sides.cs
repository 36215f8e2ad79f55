using Nico.SharedKernel;

namespace Nico.Identity.Contracts;

/// <summary>
/// As what the caller acts: its org's provider, its tenant, or both. Source: spec/00-conventions.md, section 4.2 (the
/// provider-or-tenant gate).
/// </summary>
public sealed record Sides(ProviderRef? Provider, TenantRef? Tenant)
{
    /// <summary>Where the tenant may see providers' hardware.</summary>
    public PrivilegedSites Privileged => Tenant?.Privileged ?? PrivilegedSites.None;

    /// <summary>The sides for which the caller has a role and the org a row; 400 when there is none.</summary>
    public static async Task<Sides> Of(Caller caller, IOrganizations organizations, CancellationToken ct)
    {
        var provider = caller.IsProvider ? await organizations.Provider(caller.Org, ct) : null;
        var tenant = caller.IsTenant ? await organizations.Tenant(caller.Org, ct) : null;
        return provider is null && tenant is null ? throw None(caller) : new Sides(provider, tenant);
    }

    /// <summary>400: the org is neither, or the caller has no role for what it is.</summary>
    internal static Problem None(Caller caller) => Problem.Invalid(
        $"Org {caller.Org} is neither provider nor tenant yet for the caller's roles: retrieve infrastructure-provider/current or tenant/current first");
}
