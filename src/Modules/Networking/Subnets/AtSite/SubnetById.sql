-- The subnet.
select *
from networking.subnet_row
where id = @id
