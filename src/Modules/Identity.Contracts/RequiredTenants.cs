using Nico.SharedKernel;
using Nico.SharedKernel.Fields;

namespace Nico.Identity.Contracts;

/// <summary>Tenants that something other than a caller names.</summary>
public static class RequiredTenants
{
    /// <summary>The tenant of an org that a site names for an object which is to be adopted; 409 when it has none.</summary>
    public static async Task<TenantRef> RequireTenantOf(this IOrganizations organizations, string org, CancellationToken ct) =>
        await organizations.Tenant(org.ToLowerInvariant(), ct)
        ?? throw Problem.Conflict(
            $"Org '{Text.Printable(org, 64)}' has no tenant here: it gets one when an administrator of it first asks for it (GET tenant/current)");
}
