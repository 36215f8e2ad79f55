-- 1 when the tenant uses the site. The key lock lets allocations come and go, but the row stays until the transaction ends.
select 1
from hardware.tenant_site
where tenant_id = @tenantId
  and site_id = @siteId
for key share
