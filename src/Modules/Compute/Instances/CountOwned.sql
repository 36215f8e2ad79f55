-- The Instance objects of an owner, counted no further than @most.
select count(*)::int
from (
    select 1
    from compute.instance
    where tenant_id = @owner
    limit @most
) as owned
