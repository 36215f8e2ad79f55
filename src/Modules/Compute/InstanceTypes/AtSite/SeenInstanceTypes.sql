-- These are at their site; the ids of those that were missing there, which are Ready again.
update compute.instance_type as now
set at_site = true,
    is_missing_on_site = false,
    status = case when now.is_missing_on_site then 'Ready' else now.status end,
    updated = case when now.is_missing_on_site then @now else now.updated end
from compute.instance_type as was
where now.id = any(@ids)
  and was.id = now.id
  and (not now.at_site or now.is_missing_on_site)
returning case when was.is_missing_on_site then now.id end
