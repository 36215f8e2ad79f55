-- A block of the provider, derived ones included; locked.
select
  id, name, description, infrastructure_provider_id, site_id, tenant_id, source_id, routing_type, protocol_version,
  host(prefix) as prefix, masklen(prefix) as prefix_length, status, created, updated
from networking.ip_block
where id = @IpBlockId
  and infrastructure_provider_id = @providerId
for update
