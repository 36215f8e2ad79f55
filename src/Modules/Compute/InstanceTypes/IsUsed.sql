-- Whether instances or allocations are of the instance type.
select exists (select 1 from compute.instance where instance_type_id = @id)
    or exists (select 1 from compute.allocation_constraint where resource_type = 'InstanceType' and resource_type_id = @id)
