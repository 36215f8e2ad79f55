-- The org's provider and tenant as a service account: no row unless both are there, privileged and linked by a Ready account.
select true as enabled, provider.id as infrastructure_provider_id, tenant.id as tenant_id
from identity.infrastructure_provider as provider
join identity.tenant on tenant.org = provider.org
join identity.tenant_account as account
  on account.infrastructure_provider_id = provider.id
  and account.tenant_id = tenant.id
  and account.status = 'Ready'
  and account.targeted_instance_creation
  and account.deleted is null
where provider.org = @Org
