-- Makes the instance type what its site says that it is.
update compute.instance_type
set name = @name,
    description = nullif(@description, ''),
    labels = @labels,
    capabilities = @capabilities,
    version = @version,
    updated = @now
where id = @id
