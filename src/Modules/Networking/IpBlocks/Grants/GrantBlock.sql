-- Makes a tenant's block: what it does not say itself it has from its source.
insert into networking.ip_block
  (id, name, description, infrastructure_provider_id, site_id, tenant_id, source_id, routing_type, protocol_version, prefix, status,
   created, updated, created_by)
select
  @id, @Name, @Description, infrastructure_provider_id, site_id, @TenantId, id, routing_type, protocol_version, @prefix::cidr, 'Ready',
  @now, @now, @by
from networking.ip_block
where id = @SourceBlockId
