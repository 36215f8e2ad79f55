-- The VpcPrefix objects of an owner, counted no further than @most.
select count(*)::int
from (
    select 1
    from networking.vpc_prefix
    where tenant_id = @owner
    limit @most
) as owned
