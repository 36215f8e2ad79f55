-- Sets where the site stands.
update compute.operating_system_site
set status = @status,
    status_before_deletion = case when @status = 'Deleting' then status end,
    deletion_taken = null,
    touched = clock_timestamp(),
    updated = @now
where operating_system_id = @Id
  and site_id = @SiteId
  and status <> @status
