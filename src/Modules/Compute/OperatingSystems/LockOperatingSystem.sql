-- An operating system of the tenant, locked.
select *
from compute.operating_system_row
where id = @id
  and tenant_id = @tenantId
for update
