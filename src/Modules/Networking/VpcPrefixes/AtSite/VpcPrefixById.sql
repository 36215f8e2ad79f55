-- The VPC prefix.
select *
from networking.vpc_prefix_row
where id = @id
