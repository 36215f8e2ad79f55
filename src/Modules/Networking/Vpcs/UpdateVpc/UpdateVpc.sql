-- Changes what the tenant calls the VPC.
update networking.vpc
set name = @Name,
    description = @Description,
    labels = @Labels,
    touched = clock_timestamp(),
    updated = @Updated
where id = @Id
