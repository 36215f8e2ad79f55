-- Marks the site as deleted, and voids its registration token.
update hardware.site
set deleted = clock_timestamp(),
    updated = @now,
    registration_token = null,
    registration_token_hash = null,
    registration_token_expiration = null
where id = @SiteId
