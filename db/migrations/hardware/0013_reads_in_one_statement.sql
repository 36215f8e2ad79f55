-- A read is one statement: the newest entries of a resource's history come with its row.
create function hardware.newest_history(of_kind text, of_resource text, entries int)
returns jsonb
language sql
stable
parallel safe
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'status', entry.status,
        'message', entry.message,
        'created', to_char(entry.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'updated', to_char(entry.created at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
      order by entry.created desc, entry.id desc),
    '[]'::jsonb)
  from (
    select id, status, message, created
    from hardware.status_history
    where kind = of_kind
      and resource_id = of_resource
    order by created desc, id desc
    limit entries
  ) as entry
$$;

create function hardware.capabilities_of(of_machine text)
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
        'vendor', part.vendor, 'inactive_devices', nullif(part.inactive_devices, '{}'), 'count', part.count, 'device_type', part.device_type)
      order by part.type, part.name, part.position),
    '[]'::jsonb)
  from hardware.machine_capability as part
  where part.machine_id = of_machine
$$;

create function hardware.interfaces_of(of_machine text)
returns jsonb
language sql
stable
parallel safe
as $$
  -- The primary one first.
  select coalesce(jsonb_agg(to_jsonb(port) order by port.is_primary desc, port.mac_address, port.controller_interface_id), '[]'::jsonb)
  from hardware.machine_interface as port
  where port.machine_id = of_machine
$$;
