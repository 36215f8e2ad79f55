-- The instance type's machines belong to none any more.
update hardware.machine
set instance_type_id = null,
    instance_type_association_id = null,
    instance_type_since = null,
    instance_type_order = null,
    report_digest = null,
    touched = clock_timestamp(),
    updated = @now
where id in (
  select id
  from hardware.machine
  where instance_type_id = @instanceTypeId
  order by id
  for no key update
)
