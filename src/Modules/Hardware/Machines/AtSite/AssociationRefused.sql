-- Takes the order back, unless a later one has taken its place.
update hardware.machine
set instance_type_id = @before::uuid,
    instance_type_association_id = case when @before::uuid is null then null else instance_type_association_id end,
    instance_type_since = case when @before::uuid is null then null else instance_type_since end,
    instance_type_order = null,
    report_digest = null,
    touched = clock_timestamp(),
    updated = @now
where id in (
  select id
  from hardware.machine
  where instance_type_order = @order
  order by id
  for no key update
)
  and instance_type_order = @order
