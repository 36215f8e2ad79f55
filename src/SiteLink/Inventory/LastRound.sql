-- returns what is kept of the last rounds of a kind, how long the last one took, and when rows of the site were last changed in ways that concern every kind
select
  (select absent::text from sitelink.round where site_id = @siteId and kind = @kind) as absent,
  (select ended - fence from sitelink.round where site_id = @siteId and kind = @kind) as took,
  (select accepted from sitelink.round where site_id = @siteId and kind = @kind) as accepted,
  exists (select from sitelink.seen where site_id = @siteId and kind = @kind and is_drift) as has_drift,
  (select ids_hash from sitelink.round where site_id = @siteId and kind = @kind) as ids_hash,
  greatest(
    (select max(stirred) from sitelink.round where site_id = @siteId),
    (select max(closed) from sitelink.command where site_id = @siteId and (operation = 'Delete' or outcome in ('Refused', 'GivenUp')))
  ) as stirred
