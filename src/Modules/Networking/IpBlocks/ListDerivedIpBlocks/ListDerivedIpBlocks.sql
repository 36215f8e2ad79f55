-- The blocks that were carved out of this one.
select
  id, name, description, infrastructure_provider_id, site_id, tenant_id, source_id, routing_type, protocol_version,
  host(prefix) as prefix, masklen(prefix) as prefix_length, status, created, updated
from networking.ip_block
where source_id = @Id
  and (@status::text is null or status = @status)
  and (@Words::text is null or to_tsvector('english', search) @@ to_tsquery('english', @Words) or search ilike @Like)
