-- A subnet of the tenant, locked.
select *
from networking.subnet_row
where id = @id
  and tenant_id = @tenantId
for update
