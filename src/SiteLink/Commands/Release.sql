-- returns nothing; the request that wrote the command waits no longer, and anyone may take it up
update sitelink.command
set due = clock_timestamp()
where id = @id
  and state = 'Pending'
  and attempts = 0
