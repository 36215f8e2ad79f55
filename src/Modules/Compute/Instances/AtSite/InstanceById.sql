-- The instance.
select *
from compute.instance_row
where id = @id
