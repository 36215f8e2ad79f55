-- Sites by id in short; deleted ones too, for what is still at them.
select id, name, org, infrastructure_provider_id, is_serial_console_enabled, serial_console_hostname, status, unread,
  native_networking, network_security_group, nv_link_partition, flow, image_based_operating_system
from hardware.site
where id = any(@ids)
