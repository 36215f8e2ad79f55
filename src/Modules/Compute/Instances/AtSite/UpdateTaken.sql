-- The site has the configuration: unless there is a newer one, nothing is to be undone any more.
update compute.instance
set undo = case when revision = @revision then null else undo end,
    touched = @now
where id = @id
