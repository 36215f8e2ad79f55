-- The machines, locked, always in the same order: what decides whether they can join an instance type.
select id, site_id, infrastructure_provider_id, instance_type_id, instance_type_order, instance_id, status, is_missing_on_site
from hardware.machine
where id = any(@ids)
order by id
for no key update
