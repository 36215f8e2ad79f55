-- The machines, locked, always in the same order.
select id, site_id, infrastructure_provider_id, instance_id, status, status_message, is_resetting, is_missing_on_site, ordered_maintenance, maintenance_message, touched
from hardware.machine
where id = any(@ids)
order by id
for no key update
