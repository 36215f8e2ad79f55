-- The machine's network devices.
select name, nullif(device_type, '') as device_type, count, inactive_devices
from hardware.machine_capability
where machine_id = @id
  and type = 'Network'
order by name, position
