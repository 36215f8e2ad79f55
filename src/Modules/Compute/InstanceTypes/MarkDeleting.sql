-- Marks the instance type as being deleted, and remembers from where it came.
update compute.instance_type
set status = 'Deleting',
    status_before_deletion = status,
    touched = clock_timestamp(),
    updated = @now
where id = @id
