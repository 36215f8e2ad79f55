-- A VPC prefix of the tenant.
select vpc_prefix.*, networking.newest_history('vpc-prefix', vpc_prefix.id::text, @entries) as history
from networking.vpc_prefix_row as vpc_prefix
where id = @VpcPrefixId
  and tenant_id = @tenantId
