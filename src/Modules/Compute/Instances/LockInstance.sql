-- An instance of the tenant, locked.
select *
from compute.instance_row
where id = @id
  and tenant_id = @tenantId
for update
