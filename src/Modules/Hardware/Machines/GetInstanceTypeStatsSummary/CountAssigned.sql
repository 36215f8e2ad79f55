-- The site's machines by whether they belong to an instance type, and by status.
select instance_type_id is not null as is_assigned, status, count(*)::integer as machines
from hardware.machine
where site_id = @siteId
group by instance_type_id is not null, status
