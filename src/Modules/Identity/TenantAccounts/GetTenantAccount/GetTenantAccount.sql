-- An account of the provider or the tenant, with the provider's org and the user who accepted.
select
  a.id, a.account_number, a.infrastructure_provider_id, provider.org as infrastructure_provider_org, a.tenant_id, a.tenant_org, a.status, a.created,
  a.updated, contact.id as contact_id, contact.email as contact_email, contact.first_name as contact_first_name,
  contact.last_name as contact_last_name, contact.created as contact_created, contact.updated as contact_updated,
  a.targeted_instance_creation, a.switched_sites,
  identity.newest_history('tenant-account', a.id::text, @entries) as history
from identity.tenant_account as a
join identity.infrastructure_provider as provider on provider.id = a.infrastructure_provider_id
left join identity.users as contact on contact.id = a.tenant_contact_id
where a.id = @AccountId
  and (a.infrastructure_provider_id = @providerId or a.tenant_id = @tenantId)
  and a.deleted is null
