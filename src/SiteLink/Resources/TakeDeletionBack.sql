-- Takes a deletion back; the status from before.
update {table}
set status = coalesce({before}, status),
    {before} = null,
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and status = '{deleting}'
returning status
