-- Renames and describes the allocation.
update compute.allocation
set name = @Name,
    description = @Description,
    updated = @Updated
where id = @Id
