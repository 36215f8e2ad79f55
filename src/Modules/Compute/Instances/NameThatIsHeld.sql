-- A name that one of the tenant's instances at the site has, or gets back when its site refuses what came after.
select wanted.name
from unnest(@names::text[]) as wanted (name)
where exists (
  select 1
  from compute.instance
  where tenant_id = @tenantId
    and site_id = @siteId
    and (instance.name = wanted.name or undo @> jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('name', wanted.name))))
)
limit 1
