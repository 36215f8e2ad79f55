-- Of these, the ones that Nico does not have at the site, and the site where it has them.
select reported.id::text, row.site_id
from unnest(@ids::uuid[]) as reported (id)
left join {table} as row on row.id = reported.id
where row.site_id is distinct from @siteId
