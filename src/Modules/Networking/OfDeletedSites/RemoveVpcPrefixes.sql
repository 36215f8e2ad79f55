-- Removes some rows of the site; their ids.
delete from networking.vpc_prefix
where id in (
  select id
  from networking.vpc_prefix
  where site_id = @siteId
  limit @most
)
returning id
