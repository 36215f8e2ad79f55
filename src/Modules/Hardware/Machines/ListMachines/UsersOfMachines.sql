-- Which of the tenants have instances on machines of the providers.
select distinct tenant_id
from hardware.machine
where infrastructure_provider_id = any(@providers)
  and tenant_id = any(@tenantIds)
