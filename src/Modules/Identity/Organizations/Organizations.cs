using Microsoft.Extensions.DependencyInjection;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;

namespace Nico.Identity.Organizations;

internal sealed class Organizations(
    Db db, [FromKeyedServices(OrganizationIds.Tenants)] OrganizationIds tenants, [FromKeyedServices(OrganizationIds.Providers)] OrganizationIds providers, TimeProvider clock)
    : IOrganizations
{
    public Task<ProviderRef?> Provider(string org, CancellationToken ct) =>
        db.OneOrNone<ProviderRef>("select id, org, org_display_name from identity.infrastructure_provider where org = @org", new { org }, ct);

    public Task<TenantRef?> Tenant(string org, CancellationToken ct) =>
        db.OneOrNone<TenantRef>(
            "select id, org, org_display_name, identity.privileged_sites(id) as privileged from identity.tenant where org = @org", new { org }, ct);

    public async Task<Guid?> TenantId(string org, CancellationToken ct) =>
        tenants.Of(org) ?? Remember(tenants, org, (await Tenant(org, ct))?.Id);

    public async Task<Guid?> ProviderId(string org, CancellationToken ct) =>
        providers.Of(org) ?? Remember(providers, org, (await Provider(org, ct))?.Id);

    public Task<TenantRef?> TenantById(Guid id, CancellationToken ct) =>
        db.OneOrNone<TenantRef>(
            "select id, org, org_display_name, identity.privileged_sites(id) as privileged from identity.tenant where id = @id", new { id }, ct);

    public async Task<IReadOnlyDictionary<Guid, InfrastructureProviderSummary>> Providers(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        ids.Count == 0
            ? new Dictionary<Guid, InfrastructureProviderSummary>()
            : (await db.Many<InfrastructureProviderSummary>(
                "select id, org, org_display_name from identity.infrastructure_provider where id = any(@ids)", new { ids }, ct))
                .ToDictionary(provider => provider.Id);

    public async Task<IReadOnlyDictionary<Guid, TenantSummary>> Tenants(IReadOnlyCollection<Guid> ids, CancellationToken ct) =>
        ids.Count == 0
            ? new Dictionary<Guid, TenantSummary>()
            : (await db.Many<TenantRow>(
                "select id, org, org_display_name, identity.is_privileged(id) as is_privileged from identity.tenant where id = any(@ids)", new { ids }, ct))
                .ToDictionary(
                    tenant => tenant.Id,
                    tenant => new TenantSummary(
                        tenant.Id, tenant.Org, tenant.OrgDisplayName, new TenantCapabilities { TargetedInstanceCreation = tenant.IsPrivileged }));

    public async Task<IReadOnlySet<Guid>> TenantsOf(
        IReadOnlyCollection<Guid> providerIds, IReadOnlyCollection<Guid> tenantIds, CancellationToken ct) =>
        (await db.Many<Guid>(Sql.Of<Organizations>("TenantsOf"), new { providerIds, tenantIds }, ct)).ToHashSet();

    public async Task<ProviderRef> EnsureProvider(string org, CancellationToken ct)
    {
        var known = await Provider(org, ct);
        if (known is not null)
        {
            return known;
        }

        var args = new { id = Guid.CreateVersion7(), org, name = org, now = clock.Now(), by = (Guid?)null };
        await db.Execute(Sql.Of<Organizations>("MakeProvider"), args, ct);
        return (await Provider(org, ct))!;
    }

    private Guid? Remember(OrganizationIds known, string org, Guid? id)
    {
        // What is not there yet may be there next time, and what this transaction made could still be undone.
        if (id is { } found && !db.InTransaction)
        {
            known.Remember(org, found);
        }

        return id;
    }

    private sealed record TenantRow(Guid Id, string Org, string? OrgDisplayName, bool IsPrivileged);
}
