-- The instance, locked.
select *
from compute.instance_row
where id = @id
for update
