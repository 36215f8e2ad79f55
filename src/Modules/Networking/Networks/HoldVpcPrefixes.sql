-- The VPC prefixes among these, in one order whoever holds them; they cannot be deleted while the transaction lasts.
select
  id, name, tenant_id, site_id, vpc_id, status, text(prefix) as prefix,
  -- Two addresses each.
  (2 ^ greatest(least((case family(prefix) when 4 then 32 else 128 end) - masklen(prefix) - 1, 31), 0))::bigint as room
from networking.vpc_prefix
where id = any(@ids)
order by id
for share
