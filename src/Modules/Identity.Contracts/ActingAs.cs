using Nico.SharedKernel;

namespace Nico.Identity.Contracts;

/// <summary>What is answered when the caller's org is not yet what an operation needs it to be.</summary>
public enum NotYet
{
    /// <summary>400.</summary>
    Invalid = 400,

    /// <summary>403.</summary>
    Forbidden = 403,

    /// <summary>404.</summary>
    NotFound = 404,
}

/// <summary>Ids of what the caller acts as; null where it is not that.</summary>
public readonly record struct ActingIds(Guid? ProviderId, Guid? TenantId);

/// <summary>The provider or tenant that the caller acts as: those of the org in the path. Source: spec/00-conventions.md, section 4.2.</summary>
public sealed class ActingAs(Caller caller, IOrganizations organizations)
{
    /// <summary>The org's tenant.</summary>
    public async Task<TenantRef> Tenant(NotYet orElse, CancellationToken ct) => await organizations.Tenant(caller.Org, ct) ?? throw NoTenant(orElse);

    /// <summary>Its id: for what needs no more of it, and asks the database nothing when it is known.</summary>
    public async Task<Guid> TenantId(NotYet orElse, CancellationToken ct) =>
        await organizations.TenantId(caller.Org, ct) ?? throw NoTenant(orElse);

    /// <summary>The org's provider.</summary>
    public async Task<ProviderRef> Provider(NotYet orElse, CancellationToken ct) =>
        await organizations.Provider(caller.Org, ct) ?? throw NoProvider(orElse);

    /// <summary>Its id: for what needs no more of it, and asks the database nothing when it is known.</summary>
    public async Task<Guid> ProviderId(NotYet orElse, CancellationToken ct) =>
        await organizations.ProviderId(caller.Org, ct) ?? throw NoProvider(orElse);

    /// <summary>What the caller has roles for and the org is; 400 when there is none.</summary>
    public Task<Sides> Sides(CancellationToken ct) => Contracts.Sides.Of(caller, organizations, ct);

    /// <summary>The ids of the same.</summary>
    public async Task<ActingIds> Ids(CancellationToken ct)
    {
        var ids = new ActingIds(
            caller.IsProvider ? await organizations.ProviderId(caller.Org, ct) : null,
            caller.IsTenant ? await organizations.TenantId(caller.Org, ct) : null);
        return ids is { ProviderId: null, TenantId: null } ? throw Contracts.Sides.None(caller) : ids;
    }

    private Problem NoTenant(NotYet orElse) => new((int)orElse, $"Org {caller.Org} is no tenant yet: retrieve tenant/current first");

    private Problem NoProvider(NotYet orElse) =>
        new((int)orElse, $"Org {caller.Org} is no provider yet: retrieve infrastructure-provider/current first");
}
