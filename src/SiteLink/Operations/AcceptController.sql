-- returns true; the controller that was found in the place of the site's own is the site's own from now on
update sitelink.connection
set identity_subject = other_subject,
  identity_name = other_name,
  other_since = null,
  other_subject = null,
  other_name = null
where site_id = @siteId
  and other_since is not null
returning true
