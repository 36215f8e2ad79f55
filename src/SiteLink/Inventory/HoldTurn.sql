-- returns true while the turn is the caller's, and keeps it so until the transaction ends
select true
from sitelink.poll
where site_id = @siteId
  and part = @part
  and holder = @holder
for share
