-- The smallest of the tenant's blocks at the site that the network lies in, locked.
select
  id, name, description, infrastructure_provider_id, site_id, tenant_id, source_id, routing_type, protocol_version,
  host(prefix) as prefix, masklen(prefix) as prefix_length, status, created, updated
from networking.ip_block
where tenant_id = @TenantId
  and site_id = @SiteId
  and prefix >>= @prefix::cidr
order by masklen(prefix) desc, id
limit 1
for update
