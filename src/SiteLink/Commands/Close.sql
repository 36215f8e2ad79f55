-- returns nothing; closes the command, if this attempt at it is still the caller's
update sitelink.command
set state = @state, outcome = @outcome, closed = clock_timestamp(), holder = null, unsure = @outcome = 'GivenUp',
  error_code = coalesce(@code, error_code), error = coalesce(@error, error)
where id = @id
  and state = 'Sending'
  and holder = @holder
  and attempts = @attempts
