-- The site has a configuration; what is left to be undone belongs to newer ones.
update compute.instance
set undo = @undo,
    touched = clock_timestamp()
where id = @Id
