namespace Nico.Tests.Slices.Infrastructure;

/// <summary>Rights that tests arrange behind the API, where they are not what is tested.</summary>
internal static class Privileges
{
    /// <summary>The statement by which a tenant may choose machines, or not, at all sites of the providers that it has allocations from.</summary>
    public static string Of(Guid tenantId, bool may = true) => $"""
        insert into identity.tenant_account
          (id, account_number, infrastructure_provider_id, tenant_org, tenant_id, status, targeted_instance_creation, created, updated)
        select gen_random_uuid(), 'nico-' || gen_random_uuid(), provider.id, tenant.org, tenant.id, 'Ready', {(may ? "true" : "false")}, now(), now()
        from identity.tenant
        cross join (
          select distinct site.infrastructure_provider_id as id
          from hardware.tenant_site as used
          join hardware.site on site.id = used.site_id
          where used.tenant_id = '{tenantId}'
        ) as provider
        where tenant.id = '{tenantId}'
        on conflict (infrastructure_provider_id, tenant_org) where deleted is null do update
        set status = 'Ready',
            targeted_instance_creation = excluded.targeted_instance_creation
        """;
}
