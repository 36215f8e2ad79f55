-- returns nothing; what the site does not report any more will be applied when it is back
delete from sitelink.seen
where site_id = @siteId
  and kind = @kind
  and (is_drift or @all)
  and object_id <> all(@present)
