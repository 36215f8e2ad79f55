-- The tenant's VPC prefixes.
select
  id, name, tenant_id, site_id, vpc_id, ip_block_id, text(prefix) as prefix, status, at_site, revision, undo, created, updated
from networking.vpc_prefix
where tenant_id = @tenantId
  and (@SiteId::uuid is null or site_id = @SiteId)
  and (@VpcId::uuid is null or vpc_id = @VpcId)
  and (@status::text is null or status = @status)
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
