-- Marks the instance as restarting.
update compute.instance
set power_status = 'Rebooting',
    touched = clock_timestamp(),
    updated = @now
where id = @Id
