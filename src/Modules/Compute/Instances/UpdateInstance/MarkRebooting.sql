-- Marks the instance as restarting.
update compute.instance
set power_status = 'Rebooting',
    touched = @now,
    updated = @now
where id = @Id
