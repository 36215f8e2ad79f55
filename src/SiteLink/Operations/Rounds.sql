-- returns the last round of each kind at each site, and how many objects do not agree there
select r.site_id, r.kind, r.fence, r.ended, r.is_complete, r.objects, r.failed, r.over as too_many, r.error, r.unread_since, r.unread_rounds, r.held, r.held_since, r.held_reason,
  (select count(*) from sitelink.seen s where s.site_id = r.site_id and s.kind = r.kind and s.is_drift)
    + (select count(*) from sitelink.seen s where s.owner = r.site_id and s.kind = r.kind) as drift_count,
  array(select id from jsonb_object_keys(r.absent) as id order by id limit @most) as absent
from sitelink.round r
order by r.site_id, r.kind
