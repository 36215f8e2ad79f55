-- The operating systems of which the site reports something new, locked.
select system.id
from compute.operating_system as system
where system.id in (
  select site.operating_system_id
  from unnest(@ids::uuid[], @statuses::text[]) as reported (id, status)
  join compute.operating_system_site as site on site.operating_system_id = reported.id
  where site.site_id = @siteId
    and site.touched < @fence
    and site.status <> 'Deleting'
    and (site.status <> reported.status or site.is_missing_on_site or not site.at_site)
)
order by system.id
for update
