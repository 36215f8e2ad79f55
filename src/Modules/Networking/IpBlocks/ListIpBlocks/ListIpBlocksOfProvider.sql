-- The provider's own blocks, in an order that an index serves.
select ip_block.*, networking.newest_history('ip-block', ip_block.id::text, @entries) as history
from networking.ip_block_row as ip_block
where infrastructure_provider_id = @providerId
  and tenant_id is null
  and (@SiteId::uuid is null or site_id = @SiteId)
  and (@status::text is null or status = @status)
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
