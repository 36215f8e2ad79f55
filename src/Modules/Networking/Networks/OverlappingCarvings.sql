-- What was carved out of the block that overlaps the part, a few of it, in words.
select kind || ' ' || id || ' (' || text(prefix) || ')'
from networking.carving
where block_id = @blockId
  and prefix && @prefix::cidr
order by prefix
limit 3
