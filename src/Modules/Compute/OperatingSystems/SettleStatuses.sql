-- Brings the status of operating systems in line with their sites'; those whose status changed.
update compute.operating_system as now
set status = settled.status,
    updated = @now
from (
  select
    system.id,
    case
      when bool_or(site.status = 'Deleting') then 'Deleting'
      when not system.is_active then 'Deactivated'
      when bool_or(site.status = 'Error') then 'Error'
      when bool_or(site.status = 'Syncing') then 'Syncing'
      else 'Ready'
    end as status
  from compute.operating_system as system
  left join compute.operating_system_site as site on site.operating_system_id = system.id
  where system.id = any(@ids)
  group by system.id
) as settled
where now.id = settled.id
  and now.status <> settled.status
returning now.id, now.status
