-- Machines of the sites by status and health.
select site_id, status, is_healthy, count(*)::integer as machines,
  (count(*) filter (where instance_type_id is not null and status = 'InUse'))::integer as allocated_in_use
from hardware.machine
where site_id = any(@siteIds)
group by site_id, status, is_healthy
