-- returns nothing; the holder stops: whoever comes next finds out what became of these
update sitelink.command
set state = 'Pending', due = @now, holder = null, unsure = true
where state = 'Sending'
  and holder = @holder
