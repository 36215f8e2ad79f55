-- The site's machines by instance type and status.
select instance_type_id, status, count(*)::integer as machines
from hardware.machine
where site_id = @siteId
  and instance_type_id is not null
group by instance_type_id, status
