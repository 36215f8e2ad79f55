-- A block of the tenant, locked; not against who only refers to it: a rename of a network does that again, and may hold the name
-- that whoever carves the block waits for.
select *
from networking.ip_block_row
where id = @id
  and tenant_id = @tenantId
for no key update
