-- Takes over what the site says of its images, where it is news and no newer version is on its way; the operating systems concerned.
update compute.operating_system_site as site
set status = reported.status,
    at_site = true,
    is_missing_on_site = false,
    updated = @now
from unnest(@ids::uuid[], @statuses::text[]) as reported (id, status)
where site.operating_system_id = reported.id
  and site.site_id = @siteId
  and site.touched < @fence
  and site.status <> 'Deleting'
  and (site.status <> reported.status or site.is_missing_on_site or not site.at_site)
  and not exists (select 1 from compute.operating_system_change as change where change.operating_system_id = reported.id)
returning site.operating_system_id
