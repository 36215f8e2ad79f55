-- Puts back what refused changes had replaced.
update compute.instance_type
set name = @Name,
    description = @Description,
    labels = @Labels,
    capabilities = @Capabilities,
    undo = null,
    touched = @now,
    updated = @now
where id = @Id
