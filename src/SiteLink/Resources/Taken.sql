-- The object is at the site; its status follows unless it is being deleted. True when the status changed.
with was as (
  select id, status
  from {table}
  where id = @id
  for no key update
)
update {table} as now
set status = case when was.status = '{deleting}' then was.status else @status end,
    at_site = true,
    is_missing_on_site = false,
    touched = clock_timestamp(),
    updated = case when was.status in ('{deleting}', @status) then now.updated else @now end
from was
where now.id = was.id
returning was.status not in ('{deleting}', @status)
