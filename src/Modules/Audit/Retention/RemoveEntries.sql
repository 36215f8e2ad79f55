-- Removes the oldest entries before a time; how many there were, and the last of them.
with looked as materialized (
  select id, timestamp
  from audit.entry
  where timestamp < @before
    and (timestamp, id) > (@time, @id)
  order by timestamp, id
  limit @most
)
, removed as (
  delete from audit.entry as old
  using looked
  where old.id = looked.id
  returning old.id
)
select
  (select count(*)::integer from looked) as looked,
  (select count(*)::integer from removed) as removed,
  last.timestamp as last_time,
  last.id as last_id
from (values (1)) as one (row)
left join lateral (select timestamp, id from looked order by timestamp desc, id desc limit 1) as last on true
