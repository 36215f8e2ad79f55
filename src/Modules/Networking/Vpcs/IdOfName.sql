-- The tenant's VPC of that name at the site.
select id
from networking.vpc
where tenant_id = @TenantId
  and site_id = @SiteId
  and name = @Name
