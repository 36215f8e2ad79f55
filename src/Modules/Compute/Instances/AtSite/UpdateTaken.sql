-- The site has a configuration; what is left to be undone belongs to newer ones.
update compute.instance
set undo = @undo,
    touched = @now
where id = @Id
