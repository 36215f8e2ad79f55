-- returns nothing; opens a dead command again
update sitelink.command
set state = 'Pending', outcome = null, closed = null, strikes = 0, due = clock_timestamp()
where id = @id
  and state = 'Dead'
