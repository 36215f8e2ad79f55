-- A machine with its parts and its newest history.
select id, site_id, infrastructure_provider_id, instance_type_id, instance_id, tenant_id, controller_machine_type, hw_sku_device_type,
  vendor, product_name, serial_number, maintenance_message, coalesce(ordered_labels, labels) as labels, health, health_observed,
  case when @includeMetadata then metadata end as metadata,
  status,
  is_usable_by_tenant and unknown_instance_id is null and (instance_id is not null or status <> 'InUse') as is_usable_by_tenant, created, updated,
  coalesce((
    select jsonb_agg(
      jsonb_build_object(
        'type', part.type, 'name', part.name, 'frequency', part.frequency, 'cores', part.cores, 'threads', part.threads, 'capacity', part.capacity,
        'vendor', part.vendor, 'inactive_devices', nullif(part.inactive_devices, '{}'), 'count', part.count, 'device_type', part.device_type)
      order by part.type, part.name, part.position)
    from hardware.machine_capability as part
    where part.machine_id = machine.id
  ), '[]'::jsonb) as capabilities,
  coalesce((
    select jsonb_agg(to_jsonb(port) order by port.is_primary desc, port.mac_address, port.controller_interface_id)
    from hardware.machine_interface as port
    where port.machine_id = machine.id
  ), '[]'::jsonb) as interfaces,
  hardware.newest_history('machine', machine.id, @entries) as history
from hardware.machine
where id = @MachineId
