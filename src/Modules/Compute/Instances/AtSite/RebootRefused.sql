-- The instance does not restart after all; its status.
update compute.instance
set power_status = 'BootCompleted',
    touched = @now,
    updated = @now
where id = @id
returning status
