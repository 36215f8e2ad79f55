-- Removes some parts of the site's blocks; their ids.
delete from networking.carving
where id in (
  select carving.id
  from networking.carving
  join networking.ip_block as block on block.id = carving.block_id
  where block.site_id = @siteId
  limit @most
)
returning id
