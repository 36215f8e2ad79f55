-- A machine in short.
select id, site_id, infrastructure_provider_id, instance_type_id, id as controller_machine_id, status, controller_state,
  instance_id is not null as is_assigned, is_missing_on_site, is_usable_by_tenant, nv_link_domain_id
from hardware.machine
where id = @id
