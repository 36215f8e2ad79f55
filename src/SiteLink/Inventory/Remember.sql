-- returns nothing; what was applied, and which of it is unknown
insert into sitelink.seen (site_id, kind, object_id, hash, applied, is_drift)
select @siteId, @kind, o.id, o.hash, @fence, o.id = any(@drift)
from (
  select distinct on (id) id, hash
  from (
    select * from unnest(@ids, @hashes) as reported (id, hash)
    union all
    select id, null from unnest(@drift) as unknown (id)
  ) as every
  order by id, hash nulls last
) as o
on conflict (site_id, kind, object_id) do update
set hash = excluded.hash, applied = excluded.applied, is_drift = excluded.is_drift
