-- The machine belongs to its instance type again, unless a later order has taken this one's place.
update hardware.machine
set instance_type_id = @before,
    instance_type_association_id = @associationId,
    instance_type_since = @now,
    instance_type_order = null,
    report_digest = null,
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and instance_type_order = @order
