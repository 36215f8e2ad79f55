-- Removes some rows of the site; their ids.
delete from networking.subnet
where id in (
  select id
  from networking.subnet
  where site_id = @siteId
  limit @most
)
returning id
