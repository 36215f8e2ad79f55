-- returns nothing; the caller still works on these
update sitelink.command
set due = @until
where id = any(@ids)
  and state = 'Sending'
  and holder = @holder
