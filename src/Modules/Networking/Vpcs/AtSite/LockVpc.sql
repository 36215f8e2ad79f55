-- The VPC, locked.
select *
from networking.vpc_row
where id = @id
for update
