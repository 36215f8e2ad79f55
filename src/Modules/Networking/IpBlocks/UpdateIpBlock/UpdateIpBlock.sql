-- Renames and describes the block.
update networking.ip_block
set name = @Name,
    description = @Description,
    updated = @Updated
where id = @Id
