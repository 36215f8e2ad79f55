-- The tenant's VPC prefixes.
select vpc_prefix.*, networking.newest_history('vpc-prefix', vpc_prefix.id::text, @entries) as history
from networking.vpc_prefix_row as vpc_prefix
where tenant_id = @tenantId
  and (@SiteId::uuid is null or site_id = @SiteId)
  and (@VpcId::uuid is null or vpc_id = @VpcId)
  and (@status::text is null or status = @status)
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
