-- What the machines are built of. An empty list of inactive devices is null, for it is not shown.
select machine_id, type, name, frequency, cores, threads, capacity, vendor, nullif(inactive_devices, '{}') as inactive_devices, count, device_type
from hardware.machine_capability
where machine_id = any(@ids)
order by machine_id, type, name, position
