-- The interfaces on subnets, with their addresses; not those that others are to replace.
select subnet_id as network_id, id, ip_addresses
from compute.interface
where subnet_id = any(@ids)
  and status <> 'Deleting'
