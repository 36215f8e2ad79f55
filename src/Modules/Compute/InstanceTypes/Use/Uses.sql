-- The instances of the site's instance types that have a machine, by type and tenant.
select instance_type_id, tenant_id, array_agg(id) as instance_ids
from compute.instance
where instance_type_id in (select id from compute.instance_type where site_id = @siteId)
  and holds_machine
group by instance_type_id, tenant_id
