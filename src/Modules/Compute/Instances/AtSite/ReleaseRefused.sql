-- Takes a release back; the status from before.
update compute.instance
set status = coalesce(status_before_termination, status),
    status_before_termination = null,
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and status = 'Terminating'
returning status
