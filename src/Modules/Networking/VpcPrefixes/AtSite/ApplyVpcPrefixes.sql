-- Takes over that the site has these VPC prefixes, where that is news; the ids of those that became Ready by it. One that was refused
-- has given its addresses back and stays in Error.
update networking.vpc_prefix as now
set status = 'Ready',
    at_site = true,
    is_missing_on_site = false,
    updated = @now
from networking.vpc_prefix as was
where now.id = any(@ids)
  and was.id = now.id
  and now.site_id = @siteId
  and now.touched < @fence
  and now.status <> 'Deleting'
  and exists (select 1 from networking.carving where kind = 'vpc-prefix' and id = now.id)
  and (now.status <> 'Ready' or now.is_missing_on_site or not now.at_site)
returning case when was.status <> 'Ready' then now.id end
