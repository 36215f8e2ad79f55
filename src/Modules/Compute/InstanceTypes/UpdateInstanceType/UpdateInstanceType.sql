-- Changes what the instance type is called and asks for.
update compute.instance_type
set name = @Name,
    description = @Description,
    labels = @Labels,
    capabilities = @Capabilities,
    touched = clock_timestamp(),
    updated = @Updated
where id = @Id
