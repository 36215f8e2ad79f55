-- The tenant's VPC prefix of that name at the site.
select id
from networking.vpc_prefix
where tenant_id = @TenantId
  and site_id = @SiteId
  and name = @Name
