-- Marks the subnet as being deleted, and remembers from where it came.
update networking.subnet
set status = 'Deleting',
    status_before_deletion = status,
    touched = clock_timestamp(),
    updated = @now
where id = @id
