-- Takes the order back, unless a later one has taken its place: what the site has counts.
update hardware.machine
set ordered_labels = null,
    labels_order = null,
    report_digest = null,
    touched = clock_timestamp(),
    updated = @now
where id = @id
  and labels_order = @order
