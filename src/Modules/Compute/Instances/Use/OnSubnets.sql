-- The interfaces on subnets, with their addresses.
select subnet_id as network_id, id, ip_addresses
from compute.interface
where subnet_id = any(@ids)
