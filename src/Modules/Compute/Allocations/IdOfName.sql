-- The tenant's allocation of that name at the site.
select id
from compute.allocation
where tenant_id = @TenantId
  and site_id = @SiteId
  and name = @Name
