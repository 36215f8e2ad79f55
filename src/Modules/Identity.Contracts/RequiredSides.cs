using Nico.SharedKernel;
using Nico.SharedKernel.Fields;

namespace Nico.Identity.Contracts;

/// <summary>The side that an operation acts as, where it is one side only.</summary>
public static class RequiredSides
{
    /// <summary>The tenant of the caller's org; <paramref name="otherwise"/> is the status when the org has none yet.</summary>
    public static async Task<TenantRef> RequireTenant(this IOrganizations organizations, Caller caller, int otherwise, CancellationToken ct) =>
        await organizations.Tenant(caller.Org, ct)
        ?? throw new Problem(otherwise, $"Org {caller.Org} is no tenant yet: retrieve tenant/current first");

    /// <summary>The provider of the caller's org; <paramref name="otherwise"/> is the status when the org has none yet.</summary>
    public static async Task<ProviderRef> RequireProvider(this IOrganizations organizations, Caller caller, int otherwise, CancellationToken ct) =>
        await organizations.Provider(caller.Org, ct)
        ?? throw new Problem(otherwise, $"Org {caller.Org} is no provider yet: retrieve infrastructure-provider/current first");

    /// <summary>The tenant of an org that a site names for an object which is to be adopted; 409 when it has none.</summary>
    public static async Task<TenantRef> RequireTenantOf(this IOrganizations organizations, string org, CancellationToken ct) =>
        await organizations.Tenant(org.ToLowerInvariant(), ct)
        ?? throw Problem.Conflict(
            $"Org '{Text.Printable(org, 64)}' has no tenant here: it gets one when an administrator of it first asks for it (GET tenant/current)");
}
