-- Changes what the tenant calls the VPC, and keeps what that replaces.
update networking.vpc
set name = @Name,
    description = @Description,
    labels = @Labels,
    revision = @Revision,
    undo = @undo,
    touched = clock_timestamp(),
    updated = @Updated
where id = @Id
