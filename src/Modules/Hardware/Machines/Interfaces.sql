-- The machines' network interfaces, the primary one first.
select id, machine_id, controller_interface_id, controller_segment_id, attached_dpu_machine_id, hostname, is_primary, mac_address, ip_addresses,
  created, updated
from hardware.machine_interface
where machine_id = any(@ids)
order by machine_id, is_primary desc, mac_address, controller_interface_id
