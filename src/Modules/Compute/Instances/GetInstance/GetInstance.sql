-- An instance of the tenant, with its interfaces and its newest history.
select instance.*, compute.interfaces_of(instance.id) as interfaces,
  compute.newest_history('instance', instance.id::text, @entries) as history
from compute.instance_row as instance
where instance.id = @InstanceId
  and instance.tenant_id = @tenantId
