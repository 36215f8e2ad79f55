-- Notes that the site's controller answered; the id when that brought the site online.
with was as (
  select id, status
  from hardware.site
  where id = @siteId
    and deleted is null
  for no key update
)
, alive as (
  update hardware.site
  set inventory_received = clock_timestamp(),
      status = 'Registered',
      updated = case when site.status = 'Registered' then site.updated else @now end
  from was
  where site.id = was.id
)
select id
from was
where status <> 'Registered'
