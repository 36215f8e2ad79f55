-- The IpBlock objects of an owner, counted no further than @most.
select count(*)::int
from (
    select 1
    from networking.ip_block
    where infrastructure_provider_id = @owner
      and tenant_id is null
    limit @most
) as owned
