-- The site stands where it stood before the changes that it refused.
update compute.operating_system_site as site
set status = case when site.status = 'Deleting' then site.status else coalesce(before.site_status, site.status) end,
    version = coalesce(before.site_version, site.version),
    touched = clock_timestamp(),
    updated = @now
from (
  select site_status, site_version
  from compute.operating_system_change
  where operating_system_id = @id
  order by revision
  limit 1
) as before
where site.operating_system_id = @id
  and site.site_id = @SiteId
