-- Changes what the instance type is called and asks for, and keeps what that replaces.
update compute.instance_type
set name = @Name,
    description = @Description,
    labels = @Labels,
    capabilities = @Capabilities,
    revision = @Revision,
    undo = @undo,
    touched = clock_timestamp(),
    updated = @Updated
where id = @Id
