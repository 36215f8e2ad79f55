-- returns the connected sites, who their controllers are, and how the last rounds of each went
select c.site_id, c.core, c.identity_subject, c.identity_name, c.other_subject, c.other_name, c.other_since,
  max(p.started) as started, max(p.ended) as ended, min(p.due) as due, min(p.error) as error
from sitelink.connection c
left join sitelink.poll p on p.site_id = c.site_id
group by c.site_id
order by c.site_id
