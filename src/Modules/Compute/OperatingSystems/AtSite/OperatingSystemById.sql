-- The operating system.
select *
from compute.operating_system_row
where id = @id
