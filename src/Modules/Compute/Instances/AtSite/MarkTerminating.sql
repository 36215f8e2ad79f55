-- Marks the instance as being released, and remembers from where it came; the number of rows.
update compute.instance
set status = 'Terminating',
    status_before_termination = status,
    touched = clock_timestamp(),
    updated = @now
where id = @Id
  and status <> 'Terminating'
