-- How many machines of the type each allocation gives to the tenant; locked.
select given.constraint_value
from compute.allocation as allocation
join compute.allocation_constraint as given on given.allocation_id = allocation.id
where allocation.tenant_id = @tenantId
  and allocation.site_id = @SiteId
  and given.resource_type = 'InstanceType'
  and given.resource_type_id = @typeId
  and given.constraint_type = 'Reserved'
order by given.id
for no key update of given
