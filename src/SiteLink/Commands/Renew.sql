-- returns which of these are still the caller's, who works on them
update sitelink.command
set due = clock_timestamp() + @lease
where id = any(@ids)
  and state = 'Sending'
  and holder = @holder
returning id
