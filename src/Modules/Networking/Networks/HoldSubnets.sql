-- The subnets among these, in one order whoever holds them; they cannot be deleted while the transaction lasts.
select
  id, name, tenant_id, site_id, vpc_id, status, text(prefix) as prefix,
  -- All but the first two, which its site is told to keep, and the broadcast address.
  greatest((2 ^ (32 - masklen(prefix)))::bigint - 3, 0) as room
from networking.subnet
where id = any(@ids)
order by id
for share
