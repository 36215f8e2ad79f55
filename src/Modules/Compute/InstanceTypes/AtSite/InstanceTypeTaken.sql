-- The site has the instance type.
update compute.instance_type
set at_site = true,
    version = @Version,
    touched = clock_timestamp()
where id = @id
