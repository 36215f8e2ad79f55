-- returns nothing; closes the dead commands of a resource and of its parts, which cannot be tried again once its site has taken its deletion
update sitelink.command
set state = 'Done', outcome = 'Replaced', closed = clock_timestamp()
where site_id = @SiteId
  and resource_id = @ResourceId
  and (kind = @Kind or kind like @Kind || '/%')
  and state = 'Dead'
