-- Renames and describes the subnet.
update networking.subnet
set name = @Name,
    description = @Description,
    updated = @Updated
where id = @Id
