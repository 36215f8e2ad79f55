-- The site has a change; what is left to be undone belongs to newer ones.
update compute.instance_type
set undo = @undo,
    version = @version,
    touched = @now
where id = @Id
