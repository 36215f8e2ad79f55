-- An account of the provider, which is locked, and its tenant.
select id, tenant_id
from identity.tenant_account
where id = @AccountId
  and infrastructure_provider_id = @providerId
  and deleted is null
for update
