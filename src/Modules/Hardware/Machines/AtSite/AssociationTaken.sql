-- The site has done it: from now on its reports count. A later order stays open.
update hardware.machine
set instance_type_order = null,
    report_digest = null,
    touched = clock_timestamp()
where id in (
  select id
  from hardware.machine
  where instance_type_order = @order
  order by id
  for no key update
)
  and instance_type_order = @order
