-- Instance types that were made at the site, that nobody here has touched or uses, and that it has not had since; locked.
select type.id
from compute.instance_type as type
where type.site_id = @siteId
  and type.is_missing_on_site
  and type.updated < @before
  and type.touched <= type.created
  and not exists (select 1 from compute.instance where instance_type_id = type.id)
  and not exists (select 1 from compute.allocation_constraint where resource_type_id = type.id)
order by type.id
limit 1000
for update
