-- Sets the status of an object that is not being deleted; the number of rows.
update {table}
set status = @status,
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and status <> '{deleting}'
