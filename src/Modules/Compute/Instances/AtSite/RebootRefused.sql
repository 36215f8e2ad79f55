-- The instance does not restart after all; its status.
update compute.instance
set power_status = case when status = 'Ready' then 'BootCompleted' else power_status end,
    touched = clock_timestamp(),
    updated = @now
where id = @id
returning status
