-- returns the ids of what was too large to be read: it is asked for by itself
select object_id
from sitelink.seen
where site_id = @siteId
  and kind = @kind
  and is_drift
  and reason = 'TooLarge'
