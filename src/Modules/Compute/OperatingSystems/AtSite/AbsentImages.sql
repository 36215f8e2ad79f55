-- What the site took and does not report, and what it still reports long after it took the deletion.
select site.operating_system_id::text as id, site.status = 'Deleting' as deleting
from compute.operating_system_site as site
left join unnest(@present::text[]) as present (id) on present.id = site.operating_system_id::text
where site.site_id = @siteId
  and site.at_site
  and site.touched < @fence
  and (
    (present.id is null and (site.status = 'Deleting' or not site.is_missing_on_site))
    or (site.status = 'Deleting' and site.deletion_taken < statement_timestamp() - @limit)
  )
