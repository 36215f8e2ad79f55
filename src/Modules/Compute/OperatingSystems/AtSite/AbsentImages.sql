-- What the site took and does not report.
select site.operating_system_id::text as id, site.status = 'Deleting' as deleting
from compute.operating_system_site as site
left join unnest(@present::text[]) as present (id) on present.id = site.operating_system_id::text
where site.site_id = @siteId
  and present.id is null
  and site.at_site
  and site.touched < @fence
  and (site.status = 'Deleting' or not site.is_missing_on_site)
