-- How many machines of each instance type are allocated.
select resource_type_id as id, sum(constraint_value)::integer as machines
from compute.allocation_constraint
where resource_type = 'InstanceType'
  and resource_type_id = any(@ids)
group by resource_type_id
