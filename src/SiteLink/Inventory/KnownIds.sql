-- returns the ids of what the site has reported and Nico has
select object_id
from sitelink.seen
where site_id = @siteId
  and kind = @kind
  and (not is_drift or reason in ('LeftOut', 'Differs', 'TooLarge'))
limit @most
