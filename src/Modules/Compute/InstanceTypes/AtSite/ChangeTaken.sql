-- The site has a change; what is left to be undone belongs to newer ones.
update compute.instance_type
set undo = @undo,
    version = @version,
    touched = clock_timestamp()
where id = @Id
