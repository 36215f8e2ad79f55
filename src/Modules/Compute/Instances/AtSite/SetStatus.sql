-- Sets the status; the number of rows.
update compute.instance
set status = @status,
    touched = @now,
    updated = @now
where id = @id
  and status <> 'Terminating'
