-- The allocations that the provider gave or the tenant has, with their constraints, in an order that is in an index of the allocations.
select
  a.id, a.name, a.description, a.infrastructure_provider_id, a.tenant_id, a.site_id, a.site_name, a.tenant_org_display_name, a.status, a.created,
  a.updated, c.id as constraint_id, c.resource_type, c.resource_type_id, c.constraint_type, c.constraint_value, c.derived_resource_id,
  c.instance_type_name, c.ip_block_name, c.created as constraint_created, c.updated as constraint_updated,
  compute.newest_history('allocation', a.id::text, @entries) as history
from compute.allocation as a
join compute.allocation_constraint as c on c.allocation_id = a.id
where ((a.infrastructure_provider_id = @providerId) or (a.tenant_id = @tenantId))
  and (cardinality(@tenantIds) = 0 or a.tenant_id = any(@tenantIds))
  and (cardinality(@allocationIds) = 0 or a.id = any(@allocationIds))
  and (cardinality(@siteIds) = 0 or a.site_id = any(@siteIds))
  and (cardinality(@statuses) = 0 or a.status = any(@statuses))
  and (cardinality(@resourceTypes) = 0 or c.resource_type = any(@resourceTypes))
  and (cardinality(@resourceTypeIds) = 0 or c.resource_type_id = any(@resourceTypeIds))
  and (cardinality(@constraintTypes) = 0 or c.constraint_type = any(@constraintTypes))
  and (cardinality(@constraintValues) = 0 or c.constraint_value = any(@constraintValues))
  and (@Words::text is null or to_tsvector('english', a.search) @@ to_tsquery('english', @Words) or a.search ilike @Like)
