-- Marks the VPC prefix as being deleted, and remembers from where it came.
update networking.vpc_prefix
set status = 'Deleting',
    status_before_deletion = status,
    touched = clock_timestamp(),
    updated = @now
where id = @id
