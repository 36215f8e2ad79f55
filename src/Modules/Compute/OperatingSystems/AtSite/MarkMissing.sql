-- Of these, the images that should be there are missing; their operating systems.
update compute.operating_system_site
set is_missing_on_site = true,
    status = 'Error',
    updated = @now
where operating_system_id = any(@ids)
  and site_id = @siteId
  and status <> 'Deleting'
  and touched < @fence
  and not is_missing_on_site
returning operating_system_id
