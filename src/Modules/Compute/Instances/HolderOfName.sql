-- The tenant's other instance at the site that has the name, or gets it back when its site refuses what came after.
select id
from compute.instance
where tenant_id = @tenantId
  and site_id = @siteId
  and id <> @instanceId
  and (name = @name or undo @> jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('name', @name))))
limit 1
