-- Machines of the site that carry an instance which Nico does not have are marked with it, and those that carried one of the reported ones which
-- it has now are not any more; what changed, with the instance and the machine's status.
with given as (
  select distinct on (id) id, instance_id
  from unnest(@ids::text[], @instanceIds::uuid[]) as unknown (id, instance_id)
  order by id, instance_id
), changed as (
  select machine.id, given.instance_id
  from hardware.machine
  left join given on given.id = machine.id
  where machine.site_id = @siteId
    and (machine.id = any(@ids) or machine.unknown_instance_id = any(@reported))
    and machine.unknown_instance_id is distinct from given.instance_id
  order by machine.id
  for no key update of machine
)
update hardware.machine
set unknown_instance_id = changed.instance_id,
    updated = @now
from changed
where machine.id = changed.id
returning machine.id, changed.instance_id, machine.status
