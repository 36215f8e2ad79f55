-- Removes some instances of the site, with their interfaces; their ids.
delete from compute.instance
where id in (
  select id
  from compute.instance
  where site_id = @siteId
  limit @most
)
returning id
