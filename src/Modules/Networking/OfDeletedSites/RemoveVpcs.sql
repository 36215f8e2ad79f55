-- Removes some rows of the site; their ids.
delete from networking.vpc
where id in (
  select id
  from networking.vpc
  where site_id = @siteId
  limit @most
)
returning id
