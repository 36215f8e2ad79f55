-- returns true while the site is the caller's to read, and keeps it so until the transaction ends
select true
from sitelink.poll
where site_id = @siteId
  and holder = @holder
for share
