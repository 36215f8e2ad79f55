using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Hardware;

/// <summary>As what the caller acts: its org's provider, its tenant, or both. Source: spec/40-site.md, section 2.1.</summary>
internal sealed record Sides(ProviderRef? Provider, TenantRef? Tenant)
{
    /// <summary>The tenant, if it is one that may see providers' hardware.</summary>
    public TenantRef? PrivilegedTenant => Tenant is { TargetedInstanceCreation: true } ? Tenant : null;

    /// <summary>The sides for which the caller has a role and the org a row; 400 when there is none.</summary>
    public static async Task<Sides> Of(Caller caller, IOrganizations organizations, CancellationToken ct)
    {
        var provider = caller.IsProvider ? await organizations.Provider(caller.Org, ct) : null;
        var tenant = caller.IsTenant ? await organizations.Tenant(caller.Org, ct) : null;
        return provider is null && tenant is null
            ? throw Problem.Invalid(
                $"Org {caller.Org} is neither provider nor tenant yet for the caller's roles: retrieve infrastructure-provider/current or tenant/current first")
            : new Sides(provider, tenant);
    }

    /// <summary>The providers whose hardware the caller may see: its own, and those that have an accepted account with its privileged tenant.</summary>
    public async Task<Guid[]> VisibleProviders(IOrganizations organizations, CancellationToken ct)
    {
        HashSet<Guid> visible = [];
        if (Provider is not null)
        {
            visible.Add(Provider.Id);
        }

        if (PrivilegedTenant is not null)
        {
            visible.UnionWith(await organizations.ProvidersOf(PrivilegedTenant.Id, ct));
        }

        return [.. visible];
    }
}
