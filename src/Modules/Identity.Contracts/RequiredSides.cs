using Nico.SharedKernel;

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
}
