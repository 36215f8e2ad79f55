-- Another of the tenant's that may get the name back.
select operating_system_id
from compute.operating_system_change
where tenant_id = @TenantId
  and name = @Name
  and operating_system_id <> @Id
limit 1
