-- A machine, without metadata, parts and history.
select id, site_id, infrastructure_provider_id, instance_type_id, instance_id, tenant_id, controller_machine_type, hw_sku_device_type,
  vendor, product_name, serial_number, maintenance_message, coalesce(ordered_labels, labels) as labels, health, health_observed,
  dpu_machine_ids, status,
  is_usable_by_tenant and unknown_instance_id is null and (instance_id is not null or status <> 'InUse') as is_usable_by_tenant, created, updated
from hardware.machine
where id = @MachineId
