-- The DPUs that the machines of an instance type have, where it says how many.
select name, count::integer
from compute.instance_type_capability
where instance_type_id = @typeId
  and type = 'Network'
  and device_type = 'DPU'
  and count is not null
