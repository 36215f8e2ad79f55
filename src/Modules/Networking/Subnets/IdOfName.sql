-- The tenant's subnet of that name at the site.
select id
from networking.subnet
where tenant_id = @TenantId
  and site_id = @SiteId
  and name = @Name
