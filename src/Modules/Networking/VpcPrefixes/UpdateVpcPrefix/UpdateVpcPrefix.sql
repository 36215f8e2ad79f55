-- Renames the VPC prefix, and keeps what that replaces.
update networking.vpc_prefix
set name = @Name,
    revision = @Revision,
    undo = @undo,
    touched = clock_timestamp(),
    updated = @Updated
where id = @Id
