-- A VPC of the tenant, which cannot be deleted while the transaction lasts.
select *
from networking.vpc_row
where id = @id
  and tenant_id = @tenantId
for share
