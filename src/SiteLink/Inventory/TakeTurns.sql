-- returns the turns that are this process's from now on
update sitelink.poll p
set holder = @holder, due = @until, started = @now, poked = false
from unnest(@sites::uuid[], @parts::text[]) as free (site_id, part)
where p.site_id = free.site_id
  and p.part = free.part
  and p.due <= @now
returning p.site_id, p.part
