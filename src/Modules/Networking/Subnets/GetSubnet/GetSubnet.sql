-- A subnet of the tenant.
select subnet.*, networking.newest_history('subnet', subnet.id::text, @entries) as history
from networking.subnet_row as subnet
where id = @SubnetId
  and tenant_id = @tenantId
