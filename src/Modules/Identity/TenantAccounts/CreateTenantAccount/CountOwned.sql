-- The TenantAccount objects of an owner, counted no further than @most.
select count(*)::int
from (
    select 1
    from identity.tenant_account
    where infrastructure_provider_id = @owner
      and deleted is null
    limit @most
) as owned
