-- Gives more or less.
update compute.allocation_constraint
set constraint_value = @value,
    updated = @now
where id = @ConstraintId
