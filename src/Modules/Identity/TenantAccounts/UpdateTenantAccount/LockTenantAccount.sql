-- Status and tenant of an account of the provider or of the tenant, which is locked.
select status, tenant_id
from identity.tenant_account
where id = @accountId
  and (infrastructure_provider_id = @providerId or tenant_id = @tenantId)
  and deleted is null
for update
