-- returns true while the turn is the caller's, and keeps it so until the transaction ends and for a lease from now
update sitelink.poll
set due = clock_timestamp() + @lease
where site_id = @siteId
  and part = @part
  and holder = @holder
returning true
