-- The tenant's subnets.
select subnet.*, networking.newest_history('subnet', subnet.id::text, @entries) as history
from networking.subnet_row as subnet
where tenant_id = @tenantId
  and (@SiteId::uuid is null or site_id = @SiteId)
  and (@VpcId::uuid is null or vpc_id = @VpcId)
  and (@status::text is null or status = @status)
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
