-- returns the removals at the site that are on their way, of kinds that may need what is to be removed now
select kind, resource_id
from sitelink.command
where site_id = @siteId
  and kind = any(@kinds)
  and operation = 'Delete'
  and state in ('Pending', 'Sending')
order by seq desc
limit @most
