-- returns how many commands are not done, by site and state
select site_id, state, count(*) as count
from sitelink.command
where state in ('Pending', 'Sending')
group by site_id, state
union all
select site_id, state, count(*) as count
from sitelink.command
where state = 'Dead'
group by site_id, state
order by site_id, state
