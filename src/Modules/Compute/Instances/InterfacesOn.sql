-- How many interfaces each of these networks has, less those that are being removed, alone or with their instance.
select network.id as network_id, count(i.id) as interfaces
from unnest(@networks::uuid[]) as network (id)
join compute.interface as i on i.subnet_id = network.id or i.vpc_prefix_id = network.id
join compute.instance as instance on instance.id = i.instance_id
where i.status <> 'Deleting'
  and instance.status <> 'Terminating'
group by network.id
