-- Takes over what the site says of its subnets, where it is news; what was written, and whether the status changed by it. One that was
-- refused has given its addresses back and stays in Error.
update networking.subnet as now
set status = coalesce(reported.status, now.status),
    at_site = true,
    is_missing_on_site = false,
    mtu = coalesce(reported.mtu, now.mtu),
    updated = @now
from unnest(@ids::uuid[], @statuses::text[], @messages::text[], @mtus::int[]) as reported (id, status, message, mtu),
  networking.subnet as was
where now.id = reported.id
  and was.id = now.id
  and now.site_id = @siteId
  and now.touched < @fence
  and now.status <> 'Deleting'
  and exists (select 1 from networking.carving where kind = 'subnet' and id = now.id)
  and (
    now.status <> coalesce(reported.status, now.status)
    or now.is_missing_on_site
    or not now.at_site
    or now.mtu is distinct from coalesce(reported.mtu, now.mtu)
  )
returning now.id, now.status, reported.message, was.status <> now.status as is_news
