-- Which of the tenants have instances on machines that the caller sees.
select distinct tenant_id
from hardware.machine
where (
    infrastructure_provider_id = @Own
    or (infrastructure_provider_id = any(@Providers) and site_id <> all(@Except))
    or site_id = any(@Also)
  )
  and tenant_id = any(@tenantIds)
