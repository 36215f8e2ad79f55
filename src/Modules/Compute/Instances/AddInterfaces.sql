-- Adds interfaces.
insert into compute.interface
  (id, instance_id, position, subnet_id, vpc_prefix_id, vpc_id, is_physical, device, device_instance, virtual_function_id, requested_ip_address,
   status, created, updated)
select id, instance_id, position, subnet_id, vpc_prefix_id, vpc_id, is_physical, device, device_instance, function, address, 'Pending', @created, @created
from unnest(
  @ids::uuid[], @instanceIds::uuid[], @positions::int[], @subnetIds::uuid[], @vpcPrefixIds::uuid[], @vpcIds::uuid[], @physicals::boolean[],
  @devices::text[], @deviceInstances::int[], @functions::int[], @addresses::text[]
) as wish (id, instance_id, position, subnet_id, vpc_prefix_id, vpc_id, is_physical, device, device_instance, function, address)
