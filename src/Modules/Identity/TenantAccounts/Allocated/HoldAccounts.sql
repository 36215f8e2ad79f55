-- Locks the accounts of the tenant, so that none is deleted while this transaction lasts.
select id
from identity.tenant_account
where tenant_id = @TenantId
  and deleted is null
order by id
for share
