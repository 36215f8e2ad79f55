-- Takes a part of a block again, unless others have it, here or at the site; the number of rows. The lock keeps others from carving the block
-- meanwhile.
with block as (
  select id, site_id
  from networking.ip_block
  where id = @blockId
  for update
)
insert into networking.carving (kind, id, block_id, prefix)
select @kind, @holder, id, @prefix::cidr
from block
where not exists (
  select 1
  from networking.occupied_range as occupied
  where occupied.site_id = block.site_id
    and occupied.prefix && @prefix::cidr
    and occupied.id <> @holder
)
on conflict do nothing
