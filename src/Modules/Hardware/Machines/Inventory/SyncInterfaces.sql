-- Makes the machines' interfaces those that are reported; leaves alone what is equal.
with reported as (
  select *
  from jsonb_to_recordset(@interfaces::jsonb) as part
    (id uuid, machine_id text, controller_interface_id uuid, controller_segment_id uuid, attached_dpu_machine_id text,
     hostname text, is_primary boolean, mac_address text, ip_addresses text[])
)
, gone as (
  delete from hardware.machine_interface as known
  where known.machine_id = any(@ids)
    and not exists (
      select 1
      from reported
      where reported.machine_id = known.machine_id
        and reported.controller_interface_id = known.controller_interface_id
    )
)
insert into hardware.machine_interface as known
  (id, machine_id, controller_interface_id, controller_segment_id, attached_dpu_machine_id, hostname, is_primary, mac_address, ip_addresses, created, updated)
select id, machine_id, controller_interface_id, controller_segment_id, attached_dpu_machine_id, hostname, is_primary, mac_address, ip_addresses, @now, @now
from reported
on conflict (machine_id, controller_interface_id) do update
set controller_segment_id = excluded.controller_segment_id,
    attached_dpu_machine_id = excluded.attached_dpu_machine_id,
    hostname = excluded.hostname,
    is_primary = excluded.is_primary,
    mac_address = excluded.mac_address,
    ip_addresses = excluded.ip_addresses,
    updated = excluded.updated
where (known.controller_segment_id, known.attached_dpu_machine_id, known.hostname, known.is_primary, known.mac_address, known.ip_addresses)
  is distinct from
  (excluded.controller_segment_id, excluded.attached_dpu_machine_id, excluded.hostname, excluded.is_primary, excluded.mac_address, excluded.ip_addresses)
