-- The machine belongs to its instance type again, unless it has got another meanwhile.
update hardware.machine
set instance_type_id = @before,
    report_digest = null,
    touched = @now,
    updated = @now
where id = @id
  and instance_type_id is null
