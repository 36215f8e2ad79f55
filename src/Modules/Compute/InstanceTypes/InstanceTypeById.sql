-- The instance type.
select id, name, description, controller_machine_type, infrastructure_provider_id, site_id, labels, capabilities, status, version, at_site, revision,
  undo, created, updated
from compute.instance_type
where id = @id
