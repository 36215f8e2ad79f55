-- An operating system of the tenant.
select *
from compute.operating_system_row
where id = @id
  and tenant_id = @tenantId
