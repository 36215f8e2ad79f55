-- returns how many objects of each kind at each site are unknown
select site_id, kind, count(*) as count
from sitelink.seen
where is_drift
group by site_id, kind
