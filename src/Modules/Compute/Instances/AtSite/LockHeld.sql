-- The machine that each of these instances holds, whether its site has had it, and whether the machine is repaired meanwhile; locked.
select machine_id, id, at_site,
  coalesce('Repairing' in (status, status_before_termination), false)
    or coalesce(labels ->> 'onlineRepair.allowAutoInstanceDeletionOnFailure' is not null, false)
from compute.instance
where id = any(@ids)
order by id
for update
