-- Takes a part of a block again, unless others have it; the number of rows.
insert into networking.carving (id, block_id, prefix)
values (@holder, @blockId, @prefix::cidr)
on conflict do nothing
