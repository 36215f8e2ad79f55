-- The OperatingSystem objects of an owner, counted no further than @most.
select count(*)::int
from (
    select 1
    from compute.operating_system
    where tenant_id = @owner
    limit @most
) as owned
