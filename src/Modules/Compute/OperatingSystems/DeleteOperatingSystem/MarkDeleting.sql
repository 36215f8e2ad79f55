-- The sites are to let go of the image.
update compute.operating_system_site
set status_before_deletion = status,
    status = 'Deleting',
    deletion_taken = null,
    touched = clock_timestamp(),
    updated = @now
where operating_system_id = @Id
  and status <> 'Deleting'
