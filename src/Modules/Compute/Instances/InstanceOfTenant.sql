-- An instance of the tenant.
select *
from compute.instance_row
where id = @id
  and tenant_id = @tenantId
