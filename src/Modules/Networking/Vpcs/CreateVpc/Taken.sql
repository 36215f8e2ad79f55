-- The VPC that has the id (whoever owns it), or the tenant's that has the name at the site.
select id
from networking.vpc
where id = @Id
   or (tenant_id = @TenantId and site_id = @SiteId and name = @Name)
order by id <> @Id
limit 1
