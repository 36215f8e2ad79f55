-- The site has the instance type.
update compute.instance_type
set at_site = true,
    version = @Version,
    touched = @now
where id = @id
