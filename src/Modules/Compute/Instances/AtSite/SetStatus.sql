-- Sets the status; the number of rows.
update compute.instance
set status = @status,
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and status <> 'Terminating'
