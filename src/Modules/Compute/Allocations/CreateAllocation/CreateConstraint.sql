-- What the allocation gives.
insert into compute.allocation_constraint
  (id, allocation_id, resource_type, resource_type_id, constraint_type, constraint_value, derived_resource_id, instance_type_name,
   ip_block_name, created, updated)
values
  (@constraintId, @id, @resourceType, @ResourceTypeId, @constraintType, @ConstraintValue, @derived, @typeName,
   @blockName, @now, @now)
