-- Machines whose unknown instance the site no longer reports carry none.
update hardware.machine
set unknown_instance_id = null,
    updated = @now
where site_id = @siteId
  and unknown_instance_id is not null
  and not (unknown_instance_id::text = any(@present))
