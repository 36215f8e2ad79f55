-- Removes some blocks of the site that were given to tenants; their ids.
delete from networking.ip_block
where id in (
  select id
  from networking.ip_block
  where site_id = @siteId
    and source_id is not null
  limit @most
)
returning id
