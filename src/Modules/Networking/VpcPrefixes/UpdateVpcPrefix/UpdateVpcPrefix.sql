-- Renames the VPC prefix.
update networking.vpc_prefix
set name = @Name,
    touched = clock_timestamp(),
    updated = @Updated
where id = @Id
