-- Of these, the ones that should be there are missing; their ids.
update {table}
set is_missing_on_site = true,
    status = 'Error',
    updated = @now
where id = any(@ids)
  and site_id = @siteId
  and status <> '{deleting}'
  and touched < @fence
  and not is_missing_on_site
returning id
