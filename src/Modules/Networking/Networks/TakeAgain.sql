-- Takes a part of a block again, unless others have it; the number of rows. The lock keeps others from carving the block meanwhile.
with block as (
  select id
  from networking.ip_block
  where id = @blockId
  for update
)
insert into networking.carving (kind, id, block_id, prefix)
select @kind, @holder, id, @prefix::cidr
from block
on conflict do nothing
