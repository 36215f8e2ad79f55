-- Makes the machines' capabilities those that are reported; leaves alone what is equal.
with reported as (
  select *
  from jsonb_to_recordset(@capabilities::jsonb) as part
    (id uuid, machine_id text, type text, name text, position integer, frequency text, cores integer, threads integer, capacity text,
     vendor text, hardware_revision text, count integer, device_type text, inactive_devices integer[])
)
, gone as (
  delete from hardware.machine_capability as known
  where known.machine_id = any(@ids)
    and not exists (
      select 1
      from reported
      where reported.machine_id = known.machine_id
        and reported.type = known.type
        and reported.name = known.name
        and reported.position = known.position
    )
)
insert into hardware.machine_capability as known
  (id, machine_id, type, name, position, frequency, cores, threads, capacity, vendor, hardware_revision, count, device_type, inactive_devices, created, updated)
select id, machine_id, type, name, position, frequency, cores, threads, capacity, vendor, hardware_revision, count, device_type, inactive_devices, @now, @now
from reported
on conflict (machine_id, type, name, position) do update
set frequency = excluded.frequency,
    cores = excluded.cores,
    threads = excluded.threads,
    capacity = excluded.capacity,
    vendor = excluded.vendor,
    hardware_revision = excluded.hardware_revision,
    count = excluded.count,
    device_type = excluded.device_type,
    inactive_devices = excluded.inactive_devices,
    updated = excluded.updated
where (known.frequency, known.cores, known.threads, known.capacity, known.vendor, known.hardware_revision, known.count, known.device_type,
    known.inactive_devices)
  is distinct from
  (excluded.frequency, excluded.cores, excluded.threads, excluded.capacity, excluded.vendor, excluded.hardware_revision, excluded.count,
    excluded.device_type, excluded.inactive_devices)
