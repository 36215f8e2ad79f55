-- returns the sites whose inventory is this process's to read now
update sitelink.poll
set holder = @holder, due = @until, started = @now, poked = false
where site_id = any(@sites)
  and due <= @now
returning site_id
