-- The subnet.
select
  id, name, description, tenant_id, site_id, vpc_id, ipv4_block_id, routing_type, text(prefix) as prefix, mtu, status, at_site, created, updated
from networking.subnet
where id = @id
