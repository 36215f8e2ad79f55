-- returns at which sites something waits for an operator, and what
select site_id, 'OtherController' as reason, 1 as count
from sitelink.connection
where other_since is not null
union all
select site_id, 'Losses', sum(held)::integer
from sitelink.round
where held > 0
group by site_id
