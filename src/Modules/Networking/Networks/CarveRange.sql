-- Takes this very part of a block, unless others have some of it; the number of rows.
insert into networking.carving (kind, id, block_id, prefix)
values (@kind, @holder, @blockId, @prefix::cidr)
on conflict do nothing
