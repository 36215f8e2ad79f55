-- Subnets in short, by id.
select id, name, id as controller_network_segment_id, host(prefix) as ipv4_prefix, masklen(prefix) as prefix_length, status
from networking.subnet
where id = any(@ids)
