-- A new version of the image is on its way to its sites.
update compute.operating_system_site
set status = 'Syncing',
    version = @version,
    touched = clock_timestamp(),
    updated = @now
where operating_system_id = @Id
