-- The site has these labels now. A later order stays open.
update hardware.machine
set labels = @labels,
    ordered_labels = case when labels_order = @order then null else ordered_labels end,
    labels_order = nullif(labels_order, @order),
    report_digest = null,
    touched = clock_timestamp(),
    updated = @now
where id = @id
