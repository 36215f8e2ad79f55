-- The site has done it; its next report says what the machine is fit for. A later order stays open.
update hardware.machine
set is_in_maintenance = @isOn,
    ordered_maintenance = case when maintenance_order = @order then null else ordered_maintenance end,
    maintenance_order = nullif(maintenance_order, @order),
    report_digest = null,
    touched = clock_timestamp()
where id = @id
