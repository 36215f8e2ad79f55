-- A block of the provider.
select *
from networking.ip_block_row
where id = @IpBlockId
  and infrastructure_provider_id = @providerId
