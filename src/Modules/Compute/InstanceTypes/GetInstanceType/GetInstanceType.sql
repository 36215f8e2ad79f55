-- The instance type with its newest history.
select type.*, compute.newest_history('instance-type', type.id::text, @entries) as history
from compute.instance_type_row as type
where type.id = @InstanceTypeId
