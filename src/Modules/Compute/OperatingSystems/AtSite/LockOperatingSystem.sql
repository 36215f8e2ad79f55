-- The operating system, locked.
select *
from compute.operating_system_row
where id = @id
for update
