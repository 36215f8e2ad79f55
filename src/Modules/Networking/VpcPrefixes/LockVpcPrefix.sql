-- A VPC prefix of the tenant, locked.
select *
from networking.vpc_prefix_row
where id = @id
  and tenant_id = @tenantId
for update
