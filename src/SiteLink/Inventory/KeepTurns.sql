-- returns nothing; the caller still reads these
update sitelink.poll
set due = @until
where site_id = any(@sites)
  and holder = @holder
