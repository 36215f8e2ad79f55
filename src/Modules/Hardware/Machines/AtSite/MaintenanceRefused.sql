-- Takes the order back, unless a later one has taken its place; the status unless something else has changed it meanwhile.
update hardware.machine
set status = case when status = @ordered then @status else status end,
    status_message = case when status = @ordered then @statusMessage else status_message end,
    is_usable_by_tenant = case when status = @ordered then @isUsable else is_usable_by_tenant end,
    maintenance_message = @message,
    ordered_maintenance = null,
    maintenance_order = null,
    report_digest = null,
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and maintenance_order = @order
