-- Removes instance types, and remembers that they were.
insert into compute.removed_instance_type (id, removed)
select id, @now
from compute.instance_type
where id = any(@ids)
on conflict do nothing;

delete from compute.instance_type
where id = any(@ids);
