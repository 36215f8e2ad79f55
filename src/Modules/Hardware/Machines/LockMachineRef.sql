-- A machine in short, locked.
select id, site_id, infrastructure_provider_id, instance_type_id, id as controller_machine_id, status, controller_state,
  instance_id is not null as is_assigned, is_missing_on_site,
  is_usable_by_tenant and unknown_instance_id is null and (instance_id is not null or status <> 'InUse') as is_usable_by_tenant,
  unknown_instance_id, nv_link_domain_id,
  exists (select 1 from hardware.machine_capability where machine_id = hardware.machine.id and type = 'InfiniBand') as has_infini_band
from hardware.machine
where id = @id
for no key update
