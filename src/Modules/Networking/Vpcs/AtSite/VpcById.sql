-- The VPC.
select *
from networking.vpc_row
where id = @id
