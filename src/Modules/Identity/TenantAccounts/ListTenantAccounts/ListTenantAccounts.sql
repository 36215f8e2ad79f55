-- The accounts of the caller's provider and tenant, as far as they are asked for.
select
  a.id, a.account_number, a.infrastructure_provider_id, provider.org as infrastructure_provider_org, a.tenant_id, a.tenant_org, a.status, a.created,
  a.updated, contact.id as contact_id, contact.email as contact_email, contact.first_name as contact_first_name,
  contact.last_name as contact_last_name, contact.created as contact_created, contact.updated as contact_updated, tenant.org_display_name as tenant_org_display_name,
  a.targeted_instance_creation, a.switched_sites,
  identity.newest_history('tenant-account', a.id::text, @entries) as history
from identity.tenant_account as a
join identity.infrastructure_provider as provider on provider.id = a.infrastructure_provider_id
left join identity.users as contact on contact.id = a.tenant_contact_id
left join identity.tenant on tenant.id = a.tenant_id
where (a.infrastructure_provider_id = @ofProvider or a.tenant_id = @ofTenant)
  and (@InfrastructureProviderId::uuid is null or a.infrastructure_provider_id = @InfrastructureProviderId)
  and (@TenantId::uuid is null or a.tenant_id = @TenantId)
  and (@status::text is null or a.status = @status)
  and (
    @Words::text is null
    or to_tsvector('english', a.account_number || ' ' || a.tenant_org) @@ to_tsquery('english', @Words)
    or a.account_number ilike @Like
    or a.tenant_org ilike @Like
    or tenant.org_display_name ilike @Like
  )
  and a.deleted is null
