-- Of the reported ranges, those of objects that have nothing carved for them at the site are occupied.
insert into networking.occupied_range (site_id, kind, id, prefix)
select @siteId, @kind, reported.id, network(reported.range)
from unnest(@ids::uuid[], @ranges::inet[]) as reported (id, range)
where not exists (
  select 1
  from networking.carving
  join networking.ip_block as block on block.id = carving.block_id
  where carving.kind = @kind
    and carving.id = reported.id
    and block.site_id = @siteId
)
on conflict do nothing
