-- Forgets registration tokens that can no longer be used.
update hardware.site
set registration_token = null,
    registration_token_hash = null,
    registration_token_expiration = null
where registration_token_expiration <= statement_timestamp()
