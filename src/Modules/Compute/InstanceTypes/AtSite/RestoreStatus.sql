-- Takes a deletion back; the status from before.
update compute.instance_type
set status = coalesce(status_before_deletion, 'Ready'),
    status_before_deletion = null,
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and status = 'Deleting'
returning status
