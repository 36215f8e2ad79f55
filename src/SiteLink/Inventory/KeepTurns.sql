-- returns nothing; the caller still reads these. What is locked is being written to, which keeps it as well
with held as (
  select p.site_id, p.part
  from sitelink.poll p
  join unnest(@sites::uuid[], @parts::text[]) as held (site_id, part) on held.site_id = p.site_id and held.part = p.part
  where p.holder = @holder
  for update of p skip locked
)
update sitelink.poll p
set due = clock_timestamp() + @lease
from held
where p.site_id = held.site_id
  and p.part = held.part
