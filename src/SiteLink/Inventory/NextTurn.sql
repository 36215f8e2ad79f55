-- returns when the next of these turns is due; null when there is none
select min(p.due)
from sitelink.poll p
join unnest(@sites::uuid[], @parts::text[]) as free (site_id, part) on free.site_id = p.site_id and free.part = p.part
