-- Instances of the tenant, in the order in which they were made, each with its interfaces and its newest history.
select instance.*, compute.interfaces_of(instance.id) as interfaces,
  compute.newest_history('instance', instance.id::text, @entries) as history
from compute.instance_row as instance
where id = any(@ids)
  and tenant_id = @tenantId
order by created, id
