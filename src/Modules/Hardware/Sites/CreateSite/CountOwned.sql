-- The Site objects of an owner, counted no further than @most.
select count(*)::int
from (
    select 1
    from hardware.site
    where infrastructure_provider_id = @owner
      and deleted is null
    limit @most
) as owned
