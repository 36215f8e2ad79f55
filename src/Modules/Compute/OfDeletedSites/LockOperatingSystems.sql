-- Some operating systems whose image the site kept, locked.
select id
from compute.operating_system
where id in (
  select operating_system_id
  from compute.operating_system_site
  where site_id = @siteId
  limit @most
)
order by id
for update
