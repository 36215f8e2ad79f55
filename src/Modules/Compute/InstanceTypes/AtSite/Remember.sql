-- returns nothing; remembers that instance types were removed
insert into compute.removed_instance_type (id, removed)
select id, @now
from unnest(@ids::uuid[]) as removed (id)
on conflict do nothing
