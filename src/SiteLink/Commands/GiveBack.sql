-- returns nothing; the holder stops: whoever comes next finds out what became of these
update sitelink.command
set state = 'Pending', due = clock_timestamp(), holder = null, unsure = true
where state = 'Sending'
  and holder = @holder
