-- Locks these instance types, always in the same order.
select id
from compute.instance_type
where id = any(@ids)
order by id
for no key update
