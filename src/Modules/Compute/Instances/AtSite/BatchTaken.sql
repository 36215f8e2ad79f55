-- The site has the instances of a batch; those that became Provisioning by it.
with was as (
  select id, status
  from compute.instance
  where batch_id = @batchId
  order by id
  for no key update
)
update compute.instance as now
set status = case when was.status = 'Pending' then 'Provisioning' else was.status end,
    at_site = true,
    is_missing_on_site = false,
    touched = clock_timestamp(),
    updated = @now
from was
where now.id = was.id
returning case when was.status = 'Pending' then now.id end
