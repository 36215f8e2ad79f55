-- returns nothing; the object is Nico's own now, and is compared with its row in the next round
update sitelink.seen
set is_drift = false,
  reason = null,
  detail = null,
  owner = null,
  since = null,
  applied = 'epoch'
where site_id = @siteId
  and kind = @kind
  and object_id = @id
