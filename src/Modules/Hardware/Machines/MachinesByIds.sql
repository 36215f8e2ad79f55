-- Machines by id in short.
select id, id as controller_machine_id, controller_machine_type, hw_sku_device_type, vendor, product_name, maintenance_message, status
from hardware.machine
where id = any(@ids)
