-- What the site took and does not report.
select row.id::text as id, row.status = '{deleting}' as deleting
from {table} as row
left join unnest(@present::text[]) as present (id) on present.id = row.id::text
where row.site_id = @siteId
  and present.id is null
  and row.at_site
  and row.touched < @fence
  and (row.status = '{deleting}' or not row.is_missing_on_site)
