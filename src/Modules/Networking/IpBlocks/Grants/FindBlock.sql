-- The block, whoever owns it.
select id, name, infrastructure_provider_id, site_id, tenant_id, host(prefix) as prefix, masklen(prefix) as prefix_length
from networking.ip_block
where id = @id
