-- The interfaces on VPC prefixes, with their addresses; not those that others are to replace, nor those of instances that are being released.
select i.vpc_prefix_id as network_id, i.id, i.ip_addresses
from compute.interface as i
join compute.instance as instance on instance.id = i.instance_id
where i.vpc_prefix_id = any(@ids)
  and i.status <> 'Deleting'
  and instance.status <> 'Terminating'
