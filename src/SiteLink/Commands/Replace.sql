-- returns which of these commands a later one has taken the place of: those that are still unsent
update sitelink.command
set state = 'Done', outcome = 'Replaced', closed = clock_timestamp()
where id = any(@ids)
  and state = 'Pending'
  and not unsure
returning id
