-- Removes some ranges that the site occupied; their holders' ids.
delete from networking.occupied_range
where (site_id, kind, id, prefix) in (
  select site_id, kind, id, prefix
  from networking.occupied_range
  where site_id = @siteId
  limit @most
)
returning id
