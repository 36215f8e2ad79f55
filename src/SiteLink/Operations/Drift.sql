-- returns what does not agree, at most @most objects of each kind at each site; what another site claims is shown at the one that has it, too
select r.site_id, d.kind, d.id, d.reason, d.detail, d.since
from sitelink.round r
cross join lateral (
  (
    select s.kind, s.object_id as id, coalesce(s.reason, 'Unknown') as reason, s.detail, s.since
    from sitelink.seen s
    where s.site_id = r.site_id
      and s.kind = r.kind
      and s.is_drift
    order by s.object_id
    limit @most
  )
  union all
  (
    select s.kind, s.object_id, 'Claimed', 'Another site reports it too', s.since
    from sitelink.seen s
    where s.owner = r.site_id
      and s.kind = r.kind
    order by s.object_id
    limit @most
  )
) as d
