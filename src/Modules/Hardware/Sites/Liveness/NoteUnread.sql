-- Notes what cannot be read of which site; the sites of which that is news.
update hardware.site
set unread = told.unread
from (
  select site.id, noted.unread
  from hardware.site
  left join unnest(@sites::uuid[], @unread::text[]) as noted (id, unread) on noted.id = site.id
  where site.deleted is null
    and site.unread is distinct from noted.unread
  order by site.id
  for no key update of site
) as told
where site.id = told.id
returning site.id, site.status, site.unread
