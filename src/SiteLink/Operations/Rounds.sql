-- returns the last round of each kind at each site, with what does not match there, at most @most ids of each
select r.site_id, r.kind, r.fence, r.ended, r.is_complete, r.objects, r.failed, r.error, r.held,
  (select count(*) from sitelink.seen s where s.site_id = r.site_id and s.kind = r.kind and s.is_drift) as drift_count,
  array(
    select s.object_id from sitelink.seen s
    where s.site_id = r.site_id and s.kind = r.kind and s.is_drift
    order by s.object_id
    limit @most
  ) as drift,
  array(select id from jsonb_object_keys(r.absent) as id order by id limit @most) as absent
from sitelink.round r
order by r.site_id, r.kind
