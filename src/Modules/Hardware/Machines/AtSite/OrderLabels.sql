-- Shows these labels until the site has answered.
update hardware.machine
set ordered_labels = @labels,
    labels_order = @order,
    touched = clock_timestamp(),
    updated = @now
where id = @id
