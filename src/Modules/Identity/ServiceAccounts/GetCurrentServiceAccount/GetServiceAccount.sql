-- The org's provider and tenant as a service account.
select true as enabled, provider.id as infrastructure_provider_id, tenant.id as tenant_id
from identity.infrastructure_provider as provider
join identity.tenant on tenant.org = provider.org
where provider.org = @Org
