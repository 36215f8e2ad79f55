-- The machines of the instance types: all, and those that an instance could have.
select instance_type_id, count(*)::integer as assigned, (count(*) filter (where status = 'Ready' and instance_id is null))::integer as free
from hardware.machine
where instance_type_id = any(@instanceTypeIds)
group by instance_type_id
