-- Adds interfaces. How many each of the counted networks has now, less those that are being removed, alone or with their instance.
with added as (
  insert into compute.interface
    (id, instance_id, position, subnet_id, vpc_prefix_id, vpc_id, is_physical, device, device_instance, virtual_function_id, requested_ip_address,
     status, created, updated)
  select id, instance_id, position, subnet_id, vpc_prefix_id, vpc_id, is_physical, device, device_instance, function, address, 'Pending', @created, @created
  from unnest(
    @ids::uuid[], @instanceIds::uuid[], @positions::int[], @subnetIds::uuid[], @vpcPrefixIds::uuid[], @vpcIds::uuid[], @physicals::boolean[],
    @devices::text[], @deviceInstances::int[], @functions::int[], @addresses::text[]
  ) as wish (id, instance_id, position, subnet_id, vpc_prefix_id, vpc_id, is_physical, device, device_instance, function, address)
  returning subnet_id, vpc_prefix_id
)
select
  network.id as network_id,
  (select count(*) from added where network.id in (added.subnet_id, added.vpc_prefix_id))
  + (
    select count(*)
    from compute.interface as i
    join compute.instance as instance on instance.id = i.instance_id
    where (i.subnet_id = network.id or i.vpc_prefix_id = network.id)
      and i.status <> 'Deleting'
      and instance.status <> 'Terminating'
  ) as interfaces
from unnest(@counted::uuid[]) as network (id)
