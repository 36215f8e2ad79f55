-- returns the connected sites and how the last round of each went
select c.site_id, c.core, p.started, p.ended, p.due, p.error
from sitelink.connection c
left join sitelink.poll p on p.site_id = c.site_id
order by c.site_id
