-- A block of the provider, derived ones included, or one that the tenant was given.
select ip_block.*, networking.newest_history('ip-block', ip_block.id::text, @entries) as history
from networking.ip_block_row as ip_block
where id = @IpBlockId
  and (infrastructure_provider_id = @providerId or tenant_id = @tenantId)
