-- What the site took and does not report.
select type.id::text as id, type.status = 'Deleting' as deleting
from compute.instance_type as type
left join unnest(@present::text[]) as present (id) on present.id = type.id::text
where type.site_id = @siteId
  and present.id is null
  and type.at_site
  and type.touched < @fence
  and (type.status = 'Deleting' or not type.is_missing_on_site)
