-- The instance types, locked, always in the same order.
select id, infrastructure_provider_id, site_id, status, capabilities
from compute.instance_type
where id = any(@ids)
order by id
for no key update
