-- returns nothing; the caller still reads these
update sitelink.poll p
set due = @until
from unnest(@sites::uuid[], @parts::text[]) as held (site_id, part)
where p.site_id = held.site_id
  and p.part = held.part
  and p.holder = @holder
