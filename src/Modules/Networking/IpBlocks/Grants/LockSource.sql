-- The block that this one was carved out of, locked.
select
  source.id, source.name, source.description, source.infrastructure_provider_id, source.site_id, source.tenant_id, source.source_id,
  source.routing_type, source.protocol_version, host(source.prefix) as prefix, masklen(source.prefix) as prefix_length, source.status,
  source.created, source.updated
from networking.ip_block as source
join networking.ip_block as derived on derived.source_id = source.id
where derived.id = @id
for update of source
