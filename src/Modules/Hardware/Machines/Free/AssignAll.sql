-- Gives each machine to its instance. The next report of each counts whatever it says, unless it was begun before now.
update hardware.machine
set instance_id = given.instance_id,
    tenant_id = @tenantId,
    status = 'InUse',
    status_message = @message,
    report_digest = null,
    touched = clock_timestamp(),
    updated = @now
from unnest(@ids::text[], @instanceIds::uuid[]) as given (id, instance_id)
where machine.id = given.id
