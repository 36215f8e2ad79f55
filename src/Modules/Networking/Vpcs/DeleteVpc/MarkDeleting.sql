-- Marks the VPC as being deleted, and remembers from where it came.
update networking.vpc
set status = 'Deleting',
    status_before_deletion = status,
    touched = clock_timestamp(),
    updated = @now
where id = @VpcId
