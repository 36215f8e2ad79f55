-- The instance type, locked.
select *
from compute.instance_type_row
where id = @id
for no key update
