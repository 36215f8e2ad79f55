-- Marks the object as being deleted, and remembers from where it came; the number of rows.
update {table}
set {before} = status,
    status = '{deleting}',
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and status <> '{deleting}'
