-- The tenant's VPCs.
select vpc.*, networking.newest_history('vpc', vpc.id::text, @entries) as history
from networking.vpc_row as vpc
where tenant_id = @tenantId
  and (cardinality(@SiteIds) = 0 or site_id = any(@SiteIds))
  and (cardinality(@statuses) = 0 or status = any(@statuses))
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
