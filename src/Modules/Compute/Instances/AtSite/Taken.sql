-- The site has the instance; true when it became Provisioning by it.
update compute.instance as now
set status = case when was.status = 'Pending' then 'Provisioning' else was.status end,
    at_site = true,
    is_missing_on_site = false,
    touched = @now,
    updated = @now
from compute.instance as was
where now.id = @id
  and was.id = now.id
returning was.status = 'Pending'
