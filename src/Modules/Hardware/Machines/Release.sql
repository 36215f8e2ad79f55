-- Takes the machines from these instances, where they have them; those whose status changed, with it. What its site says against a machine stays.
with held as (
  select machine.id
  from hardware.machine
  join unnest(@ids::text[], @instanceIds::uuid[]) as given (id, instance_id) on given.id = machine.id and given.instance_id = machine.instance_id
  order by machine.id
  for no key update of machine
)
update hardware.machine
set instance_id = null,
    tenant_id = null,
    status = case
      when status in ('Maintenance', 'Error') then status
      when @needsReset then 'Reset'
      else 'Ready'
    end,
    status_message = case when status in ('Maintenance', 'Error') then status_message else @message end,
    is_resetting = @needsReset,
    report_digest = null,
    touched = clock_timestamp(),
    updated = @now
from held
where machine.id = held.id
returning machine.id, case when status_message = @message then status end as status
