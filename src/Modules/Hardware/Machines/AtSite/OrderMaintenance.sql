-- Takes the machine out of service or puts it back, until the site has answered. It is for no tenant before the site says so.
update hardware.machine
set status = @status,
    status_message = @statusMessage,
    maintenance_message = @message,
    is_usable_by_tenant = false,
    ordered_maintenance = @isOn,
    maintenance_order = @order,
    touched = clock_timestamp(),
    updated = @now
where id = @id
