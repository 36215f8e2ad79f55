-- Locks the blocks, in one order whoever locks them.
select id
from networking.ip_block
where id = any(@ids)
order by id
for update
