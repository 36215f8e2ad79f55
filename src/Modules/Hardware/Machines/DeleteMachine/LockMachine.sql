-- The provider's machine, locked: what decides whether it can be forgotten.
select instance_id, instance_type_id, missing_since
from hardware.machine
where id = @MachineId
  and infrastructure_provider_id = @providerId
for update
