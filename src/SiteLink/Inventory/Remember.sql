-- returns nothing; what was applied or could not be, and what of it does not agree with what Nico has
insert into sitelink.seen as known (site_id, kind, object_id, hash, applied, is_drift, reason, detail, owner, since)
select @siteId, @kind, coalesce(applied.id, differing.id), applied.hash, @fence, differing.id is not null, differing.reason, differing.detail,
  differing.owner, case when differing.id is not null then @fence end
from unnest(@ids::text[], @hashes::bigint[]) as applied (id, hash)
full join unnest(@drift::text[], @reasons::text[], @details::text[], @owners::uuid[]) as differing (id, reason, detail, owner) on differing.id = applied.id
on conflict (site_id, kind, object_id) do update
set hash = excluded.hash,
  applied = excluded.applied,
  is_drift = excluded.is_drift,
  reason = excluded.reason,
  detail = excluded.detail,
  owner = excluded.owner,
  since = case when known.reason = excluded.reason then coalesce(known.since, excluded.since) else excluded.since end
