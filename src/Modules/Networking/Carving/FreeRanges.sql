-- Of the reported objects, ranges that they do not occupy (any more) are free.
delete from networking.occupied_range as occupied
where site_id = @siteId
  and kind = @kind
  and id = any(@reported)
  and (
    not exists (
      select 1
      from unnest(@ids::uuid[], @ranges::inet[]) as reported (id, range)
      where reported.id = occupied.id
        and network(reported.range) = occupied.prefix
    )
    or exists (
      select 1
      from networking.carving
      join networking.ip_block as block on block.id = carving.block_id
      where carving.kind = occupied.kind
        and carving.id = occupied.id
        and block.site_id = occupied.site_id
    )
  )
