-- A VPC of the tenant.
select vpc.*, networking.newest_history('vpc', vpc.id::text, @entries) as history
from networking.vpc_row as vpc
where id = @VpcId
  and tenant_id = @tenantId
