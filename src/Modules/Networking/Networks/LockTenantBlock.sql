-- A block of the tenant, locked: not against those that only refer to it, since who renames a network does, and may hold the name waited for.
select *
from networking.ip_block_row
where id = @id
  and tenant_id = @tenantId
for no key update
