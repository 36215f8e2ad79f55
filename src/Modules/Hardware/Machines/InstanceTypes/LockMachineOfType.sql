-- The instance type's machine with this id, or with an association of this id; locked.
select id, site_id, infrastructure_provider_id, instance_type_id, instance_type_order, instance_id, status, is_missing_on_site
from hardware.machine
where instance_type_id = @instanceTypeId
  and (id = @id or instance_type_association_id = @associationId)
for no key update
