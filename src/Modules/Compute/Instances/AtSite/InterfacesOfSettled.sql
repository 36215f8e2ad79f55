-- The interfaces of the instances about which the report says something: not of those that wait for their site to take other ones.
-- Locked, so that no change of them comes between.
select i.id, i.instance_id, i.position, i.subnet_id, i.vpc_prefix_id, i.vpc_id, i.is_physical, i.device, i.device_instance, i.virtual_function_id,
  i.requested_ip_address, i.mac_address, i.ip_addresses, i.status, i.created, i.updated
from compute.interface as i
join compute.instance as instance on instance.id = i.instance_id
where i.instance_id = any(@ids)
  and instance.site_id = @siteId
  and instance.touched < @fence
  and instance.undo is null
order by i.created, i.position, i.id
for no key update of instance
