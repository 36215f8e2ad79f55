-- returns nothing; leaves the command for later, if this attempt at it is still the caller's
update sitelink.command
set state = 'Pending', due = clock_timestamp() + @pause, holder = null, unsure = @unsure, strikes = @strikes, error_code = @code, error = @error
where id = @id
  and state = 'Sending'
  and holder = @holder
  and attempts = @attempts
