-- The tenant's operating system of that name.
select id
from compute.operating_system
where tenant_id = @TenantId
  and name = @Name
