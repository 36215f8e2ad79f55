-- Puts back what refused changes had replaced.
update compute.instance_type
set name = @Name,
    description = @Description,
    labels = @Labels,
    capabilities = @Capabilities,
    undo = null,
    touched = clock_timestamp(),
    updated = @now
where id = @Id
