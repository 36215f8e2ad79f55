-- Those of the machines that belong to the instance type.
select instance_type_association_id as id, id as machine_id, instance_type_id, instance_type_since as created, instance_type_since as updated
from hardware.machine
where instance_type_id = @instanceTypeId
  and id = any(@machineIds)
