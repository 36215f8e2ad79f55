-- What of the instance types is promised to the tenant and how many instances it has of them; of all tenants without one.
select type.id,
  coalesce((
    select sum(c.constraint_value)
    from compute.allocation_constraint as c
    join compute.allocation as a on a.id = c.allocation_id
    where c.resource_type = 'InstanceType'
      and c.resource_type_id = type.id
      and (@tenantId::uuid is null or a.tenant_id = @tenantId)
  ), 0)::integer as total,
  (
    select count(*)
    from compute.instance
    where instance_type_id = type.id
      and (@tenantId::uuid is null or tenant_id = @tenantId)
  )::integer as used
from unnest(@ids::uuid[]) as type (id)
