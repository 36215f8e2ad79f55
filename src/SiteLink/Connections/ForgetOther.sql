-- returns nothing; the controller that answers is the site's own
update sitelink.connection
set other_since = null, other_subject = null, other_name = null
where site_id = @siteId
  and core = @core
  and other_since is not null
