-- returns who the controller of the site is: whoever answered first at this address, unless the site has another address by now
update sitelink.connection
set identity_subject = coalesce(identity_subject, @Subject),
  identity_name = coalesce(identity_name, @Name)
where site_id = @siteId
  and core = @core
returning identity_subject as subject, identity_name as name
