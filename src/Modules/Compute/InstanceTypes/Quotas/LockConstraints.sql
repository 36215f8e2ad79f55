-- What allocations reserve of the instance type for the tenant; locked, always in the same order.
select c.id, c.allocation_id, c.constraint_value
from compute.allocation_constraint as c
join compute.allocation as a on a.id = c.allocation_id
where c.resource_type = 'InstanceType'
  and c.resource_type_id = @instanceTypeId
  and c.constraint_type = 'Reserved'
  and a.tenant_id = @tenantId
order by c.id
for update of c
