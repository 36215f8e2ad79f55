-- The instance's interfaces.
select
  id, instance_id, position, subnet_id, vpc_prefix_id, vpc_id, is_physical, device, device_instance, virtual_function_id,
  requested_ip_address, mac_address, ip_addresses, status, created, updated
from compute.interface
where instance_id = @InstanceId
  and (@status::text is null or status = @status)
