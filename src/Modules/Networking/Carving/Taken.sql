-- What has been carved out of blocks: adjoining parts as one range, in ascending order, with the number of parts in each.
with part as (
  select
    block_id,
    host(network(prefix))::inet as first,
    host(broadcast(prefix))::inet as last
  from networking.carving
  where block_id = any(@ids)
), edge as (
  select
    block_id,
    first,
    last,
    case when lag(last) over (partition by block_id order by first) + 1 = first then 0 else 1 end as begins
  from part
), island as (
  select block_id, first, last, sum(begins) over (partition by block_id order by first) as number
  from edge
)
select block_id, host(min(first)) as first, host(max(last)) as last, count(*) as parts
from island
group by block_id, number
order by block_id, min(first)
