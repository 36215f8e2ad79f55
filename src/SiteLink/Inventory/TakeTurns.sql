-- returns the turns that are this process's from now on. What is locked is somebody's still, and nobody waits for it
with free as (
  select p.site_id, p.part
  from sitelink.poll p
  join unnest(@sites::uuid[], @parts::text[]) as free (site_id, part) on free.site_id = p.site_id and free.part = p.part
  where p.due <= statement_timestamp()
  for update of p skip locked
)
update sitelink.poll p
set holder = @holder, due = clock_timestamp() + @lease, started = clock_timestamp(), poked = false
from free
where p.site_id = free.site_id
  and p.part = free.part
returning p.site_id, p.part
