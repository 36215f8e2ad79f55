-- Of these, the ones that Nico does not have at the site, and another site that has it.
select reported.id, (
  select min(other.site_id::text)::uuid
  from compute.operating_system_site as other
  where other.operating_system_id = reported.id
)
from unnest(@ids::uuid[]) as reported (id)
where not exists (
  select 1
  from compute.operating_system_site as site
  where site.operating_system_id = reported.id
    and site.site_id = @SiteId
)
