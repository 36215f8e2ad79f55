-- The tenant's VPC that has the name at the site, unless the wanted id is taken itself.
select id
from networking.vpc
where tenant_id = @TenantId
  and site_id = @SiteId
  and name = @Name
  and not exists (select 1 from networking.vpc where id = @Id)
  and not exists (select 1 from networking.ip_block where id = @Id)
  and not exists (select 1 from networking.vpc_prefix where id = @Id)
  and not exists (select 1 from networking.subnet where id = @Id)
  and not exists (select 1 from networking.unknown_vpc where id = @Id)
