-- A VPC of the tenant, locked.
select *
from networking.vpc_row
where id = @id
  and tenant_id = @tenantId
for update
