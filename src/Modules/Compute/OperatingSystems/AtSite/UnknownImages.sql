-- Of these, the ones that Nico does not have at the site.
select reported.id
from unnest(@ids::uuid[]) as reported (id)
where not exists (
  select 1
  from compute.operating_system_site as site
  where site.operating_system_id = reported.id
    and site.site_id = @siteId
)
