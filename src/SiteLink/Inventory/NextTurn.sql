-- returns when the next of these sites is due; null when there is none
select min(due)
from sitelink.poll
where site_id = any(@sites)
