-- The status of an account of the tenant, which is locked.
select status
from identity.tenant_account
where id = @AccountId
  and tenant_id = @tenantId
  and deleted is null
for update
