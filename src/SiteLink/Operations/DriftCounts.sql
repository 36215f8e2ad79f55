-- returns how many objects of each kind at each site do not agree, by reason
select site_id, kind, coalesce(reason, 'Unknown'), count(*)
from sitelink.seen
where is_drift
group by 1, 2, 3
union all
select owner, kind, 'Claimed', count(*)
from sitelink.seen
where owner is not null
group by 1, 2
union all
select site_id, kind, 'TooMany', over::bigint
from sitelink.round
where over > 0
