-- VPC prefixes in short, by id.
select id, name, text(prefix) as prefix, status
from networking.vpc_prefix
where id = any(@ids)
