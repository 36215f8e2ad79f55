-- VPCs by id.
select id, name, tenant_id, site_id, status, network_virtualization_type
from networking.vpc
where id = any(@ids)
