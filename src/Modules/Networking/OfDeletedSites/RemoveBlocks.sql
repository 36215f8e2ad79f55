-- Removes some of the provider's blocks at the site; their ids.
delete from networking.ip_block
where id in (
  select id
  from networking.ip_block
  where site_id = @siteId
  limit @most
)
returning id
