-- What allocations promise of the site's instance types, by name of the allocation.
select c.resource_type_id as instance_type_id, a.tenant_id, a.id as allocation_id, a.name as allocation_name, c.constraint_value as machines
from compute.allocation as a
join compute.allocation_constraint as c on c.allocation_id = a.id
where a.site_id = @siteId
  and c.resource_type = 'InstanceType'
order by a.name, a.id
