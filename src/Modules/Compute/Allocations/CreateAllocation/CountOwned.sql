-- The Allocation objects of an owner, counted no further than @most.
select count(*)::int
from (
    select 1
    from compute.allocation
    where infrastructure_provider_id = @owner
    limit @most
) as owned
