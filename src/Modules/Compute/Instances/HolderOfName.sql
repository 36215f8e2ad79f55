-- The tenant's other instance at the site that has the name, or had it before a change that its site has not taken yet.
select id
from (
  select id, name
  from compute.instance
  where tenant_id = @tenantId
    and site_id = @siteId
    and name = @name
  union all
  select id, undo ->> 'name'
  from compute.instance
  where tenant_id = @tenantId
    and site_id = @siteId
    and undo ->> 'name' = @name
) as holder
where id <> @instanceId
limit 1
