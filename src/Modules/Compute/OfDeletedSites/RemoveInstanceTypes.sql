-- Removes some instance types of the site; their ids.
delete from compute.instance_type
where id in (
  select id
  from compute.instance_type
  where site_id = @siteId
  limit @most
)
returning id
