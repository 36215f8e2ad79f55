-- The instance type.
select *
from compute.instance_type_row
where id = @id
