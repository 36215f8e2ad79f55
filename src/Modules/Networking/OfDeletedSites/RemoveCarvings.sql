-- Removes some parts of the site's blocks; their holders' ids.
delete from networking.carving
where (kind, id) in (
  select carving.kind, carving.id
  from networking.carving
  join networking.ip_block as block on block.id = carving.block_id
  where block.site_id = @siteId
  limit @most
)
returning id
