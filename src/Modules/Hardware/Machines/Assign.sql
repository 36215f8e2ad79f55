-- Gives the machine to the instance. The next report counts whatever it says, unless it was begun before now.
update hardware.machine
set instance_id = @instanceId,
    tenant_id = @tenantId,
    unknown_instance_id = null,
    status = 'InUse',
    status_message = @message,
    report_digest = null,
    touched = clock_timestamp(),
    updated = @now
where id = @id
