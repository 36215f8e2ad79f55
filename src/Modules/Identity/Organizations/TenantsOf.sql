-- Which of the tenants have an account with one of the providers.
select distinct tenant_id
from identity.tenant_account
where infrastructure_provider_id = any(@providerIds)
  and tenant_id = any(@tenantIds)
  and deleted is null
