-- Machines of the site that it does not report and that are not flagged yet. A machine is never deleted by its absence.
select machine.id, false as deleting
from hardware.machine
where machine.site_id = @siteId
  and not machine.is_missing_on_site
  and machine.created < @fence
  and (machine.touched is null or machine.touched < @fence)
  and not exists (
    select 1
    from unnest(@present::text[]) as present (id)
    where present.id = machine.id
  )
