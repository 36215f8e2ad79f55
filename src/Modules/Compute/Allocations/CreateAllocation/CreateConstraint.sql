-- What the allocation gives.
insert into compute.allocation_constraint
  (id, allocation_id, infrastructure_provider_id, tenant_id, resource_type, resource_type_id, constraint_type, constraint_value,
   derived_resource_id, instance_type_name, ip_block_name, created, updated)
values
  (@constraintId, @id, @providerId, @tenantId, @resourceType, @ResourceTypeId, @constraintType, @ConstraintValue,
   @derived, @typeName, @blockName, @now, @now)
