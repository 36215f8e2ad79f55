-- A machine with its parts and its newest history.
select id, site_id, infrastructure_provider_id, instance_type_id, instance_id, tenant_id, controller_machine_type, hw_sku_device_type,
  vendor, product_name, serial_number, maintenance_message, coalesce(ordered_labels, labels) as labels, health, health_observed,
  case when @includeMetadata then metadata end as metadata,
  dpu_machine_ids, status,
  is_usable_by_tenant and unknown_instance_id is null and (instance_id is not null or status <> 'InUse') as is_usable_by_tenant, created, updated,
  hardware.capabilities_of(machine.id) as capabilities, hardware.interfaces_of(machine.id) as interfaces,
  hardware.newest_history('machine', machine.id, @entries) as history
from hardware.machine
where id = @MachineId
