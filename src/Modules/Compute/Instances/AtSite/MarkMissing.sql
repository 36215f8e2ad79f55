-- Of these, the ones that should be there are missing; their ids.
update compute.instance
set is_missing_on_site = true,
    status = 'Error',
    updated = @now
where id = any(@ids)
  and site_id = @siteId
  and status <> 'Terminating'
  and touched < @fence
  and not is_missing_on_site
returning id
