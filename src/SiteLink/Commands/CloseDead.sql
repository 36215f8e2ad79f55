-- returns nothing; closes the dead commands of a lane, which nobody wants tried again once its resource is to be deleted
update sitelink.command
set state = 'Done', outcome = 'Replaced', closed = @now
where site_id = @siteId
  and kind = @kind
  and resource_id = @resourceId
  and state = 'Dead'
