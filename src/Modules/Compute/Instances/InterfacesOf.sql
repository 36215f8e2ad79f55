-- The interfaces of instances, in the order in which they were asked for.
select *
from compute.interface_row
where instance_id = any(@ids)
order by created, position, id
