-- returns the turns that were asked for out of turn: as soon as it may be, or right after the round that runs; and those that are gone. What
-- is locked is left out: nobody waits for it
with free as (
  select p.site_id, p.part
  from sitelink.poll p
  join unnest(@sites::uuid[], @parts::text[]) as wanted (site_id, part) on wanted.site_id = p.site_id and wanted.part = p.part
  for update of p skip locked
)
, poked as (
  update sitelink.poll p
  set due = case when p.holder is null then least(p.due, greatest(p.poke_from, clock_timestamp())) else p.due end,
    poked = p.holder is not null
  from free
  where p.site_id = free.site_id
    and p.part = free.part
)
select site_id, part
from free
union all
select wanted.site_id, wanted.part
from unnest(@sites::uuid[], @parts::text[]) as wanted (site_id, part)
where not exists (select from sitelink.poll p where p.site_id = wanted.site_id and p.part = wanted.part)
