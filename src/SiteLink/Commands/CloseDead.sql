-- returns nothing; closes the dead commands of a resource and of its parts, which nobody wants tried again once it is to be deleted
update sitelink.command
set state = 'Done', outcome = 'Replaced', closed = @now
where site_id = @siteId
  and resource_id = @resourceId
  and (kind = @kind or kind like @kind || '/%')
  and state = 'Dead'
