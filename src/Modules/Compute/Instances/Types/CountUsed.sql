-- How many instances of the type the tenant has, whatever their status.
select count(*)::integer
from compute.instance
where tenant_id = @tenantId
  and instance_type_id = @typeId
