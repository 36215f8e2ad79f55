-- Removes instances with their interfaces; the machine that each held, and whether it was being repaired meanwhile.
delete from compute.instance
where id = any(@ids)
returning machine_id, id,
  coalesce('Repairing' in (status, status_before_termination), false)
    or coalesce(labels ->> 'onlineRepair.allowAutoInstanceDeletionOnFailure' is not null, false)
