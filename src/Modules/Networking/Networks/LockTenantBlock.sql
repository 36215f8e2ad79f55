-- A block of the tenant, locked.
select *
from networking.ip_block_row
where id = @id
  and tenant_id = @tenantId
for update
