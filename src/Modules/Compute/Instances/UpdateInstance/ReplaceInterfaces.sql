-- Marks the instance's interfaces as being deleted; each with the status that it had.
update compute.interface as now
set status = 'Deleting',
    updated = @now
from compute.interface as was
where now.instance_id = @Id
  and was.id = now.id
  and was.status <> 'Deleting'
returning now.id, now.instance_id, now.vpc_id, was.status
