-- returns how long it is until the next of these turns is due; null when there is none
select min(p.due) - statement_timestamp()
from sitelink.poll p
join unnest(@sites::uuid[], @parts::text[]) as free (site_id, part) on free.site_id = p.site_id and free.part = p.part
