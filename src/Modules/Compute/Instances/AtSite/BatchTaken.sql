-- The site has the instances of a batch; those that became Provisioning by it.
update compute.instance as now
set status = case when was.status = 'Pending' then 'Provisioning' else was.status end,
    at_site = true,
    is_missing_on_site = false,
    touched = @now,
    updated = @now
from compute.instance as was
where now.batch_id = @batchId
  and was.id = now.id
returning case when was.status = 'Pending' then now.id end
