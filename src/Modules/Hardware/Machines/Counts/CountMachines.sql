-- The provider's machines by status.
select status, count(*)::integer as machines
from hardware.machine
where infrastructure_provider_id = @providerId
group by status
