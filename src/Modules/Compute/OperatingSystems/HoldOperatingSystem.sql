-- An operating system of the tenant, which is neither changed nor removed while the transaction lasts.
select *
from compute.operating_system_row
where id = @id
  and tenant_id = @tenantId
for share
