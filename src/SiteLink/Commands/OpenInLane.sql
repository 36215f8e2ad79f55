-- returns the open commands of a lane, in their order
select id, operation, state = 'Pending' and not unsure as is_unsent
from sitelink.command
where site_id = @siteId
  and kind = @kind
  and resource_id = @resourceId
  and state in ('Pending', 'Sending')
order by seq
