-- VPCs by id, in one order whoever holds them; they cannot be deleted while the transaction lasts.
select id, name, tenant_id, site_id, status, network_virtualization_type
from networking.vpc
where id = any(@ids)
order by id
for share
