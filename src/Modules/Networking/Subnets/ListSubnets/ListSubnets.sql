-- The tenant's subnets.
select
  id, name, description, tenant_id, site_id, vpc_id, ipv4_block_id, routing_type, text(prefix) as prefix, mtu, status, at_site, created, updated
from networking.subnet
where tenant_id = @tenantId
  and (@SiteId::uuid is null or site_id = @SiteId)
  and (@VpcId::uuid is null or vpc_id = @VpcId)
  and (@status::text is null or status = @status)
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
