-- The site keeps the image: it stands where it stood.
update compute.operating_system_site
set status = coalesce(status_before_deletion, 'Syncing'),
    status_before_deletion = null,
    deletion_taken = null,
    touched = clock_timestamp(),
    updated = @now
where operating_system_id = @Id
  and site_id = @SiteId
  and status = 'Deleting'
