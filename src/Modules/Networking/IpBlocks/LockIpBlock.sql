-- A block of the provider, derived ones included; locked.
select *
from networking.ip_block_row
where id = @id
  and infrastructure_provider_id = @providerId
for update
