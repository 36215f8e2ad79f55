-- Removes the allocation and its constraint.
delete from compute.allocation_constraint
where allocation_id = @id;

delete from compute.allocation
where id = @id;
