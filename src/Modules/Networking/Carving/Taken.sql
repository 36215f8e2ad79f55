-- What has been carved out of blocks: adjoining parts as one range, in ascending order, with the number of parts in each. And, with none, what
-- their sites have there and Nico does not, in any order, overlapping or not.
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
union all
select block.id, host(network(occupied.prefix)), host(broadcast(occupied.prefix)), 0
from networking.ip_block as block
join networking.occupied_range as occupied on occupied.site_id = block.site_id and occupied.prefix && block.prefix
where block.id = any(@ids)
  and not exists (
    select 1
    from networking.carving
    join networking.ip_block as own on own.id = carving.block_id
    where carving.kind = occupied.kind
      and carving.id = occupied.id
      and own.site_id = occupied.site_id
  )
