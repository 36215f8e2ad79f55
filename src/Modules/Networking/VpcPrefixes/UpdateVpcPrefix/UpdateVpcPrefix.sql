-- Renames the VPC prefix, and keeps what that replaces.
update networking.vpc_prefix
set name = @Name,
    revision = @Revision,
    undo = @undo,
    touched = @Updated,
    updated = @Updated
where id = @Id
