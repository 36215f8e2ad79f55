-- Takes the token away: it has been used.
update hardware.site
set registration_token = null,
    registration_token_hash = null,
    registration_token_expiration = null,
    updated = @now
where id = @id
