-- The DPU machines of a host, as its site reports them.
alter table hardware.machine
  add column dpu_machine_ids text[] not null default '{}';

create or replace function hardware.capabilities_of(of_machine text)
returns jsonb
language sql
stable
parallel safe
as $$
  -- An empty list of inactive devices is null, for it is not shown.
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'type', part.type, 'name', part.name, 'frequency', part.frequency, 'cores', part.cores, 'threads', part.threads, 'capacity', part.capacity,
        'vendor', part.vendor, 'hardware_revision', part.hardware_revision, 'inactive_devices', nullif(part.inactive_devices, '{}'),
        'count', part.count, 'device_type', part.device_type)
      order by part.type, part.name, part.position),
    '[]'::jsonb)
  from hardware.machine_capability as part
  where part.machine_id = of_machine
$$;
