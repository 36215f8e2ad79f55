-- Tenants that use the site and that it does not report.
select org as id, false as deleting
from hardware.tenant_site
where site_id = @siteId
  and created < @fence
  and (repaired is null or repaired < @fence)
  and not (org = any(@present))
