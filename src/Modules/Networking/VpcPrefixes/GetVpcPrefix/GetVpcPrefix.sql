-- A VPC prefix of the tenant.
select
  id, name, tenant_id, site_id, vpc_id, ip_block_id, text(prefix) as prefix, status, at_site, revision, undo, created, updated
from networking.vpc_prefix
where id = @VpcPrefixId
  and tenant_id = @tenantId
