-- Blocks in short, by id.
select id, name, routing_type, host(prefix) as prefix, masklen(prefix) as prefix_length, status
from networking.ip_block
where id = any(@ids)
