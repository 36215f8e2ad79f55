-- returns the parts of the site, each locked: in one order, for two that do this
select part
from sitelink.poll
where site_id = @siteId
order by part
for update
