-- The VPC prefixes among these, in one order whoever holds them; they cannot be deleted while the transaction lasts.
select id, name, tenant_id, site_id, vpc_id, status, text(prefix) as prefix
from networking.vpc_prefix
where id = any(@ids)
order by id
for share
