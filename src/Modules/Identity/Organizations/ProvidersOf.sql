-- The providers that the tenant has an accepted account with.
select infrastructure_provider_id
from identity.tenant_account
where tenant_id = @tenantId
  and status = 'Ready'
  and deleted is null
