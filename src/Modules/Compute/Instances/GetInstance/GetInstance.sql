-- An instance of the tenant, with its interfaces and its newest history.
select instance.*,
  coalesce((
    select jsonb_agg(to_jsonb(attached) order by attached.created, attached.position, attached.id)
    from compute.interface_row as attached
    where attached.instance_id = instance.id
  ), '[]'::jsonb) as interfaces,
  compute.newest_history('instance', instance.id::text, @entries) as history
from compute.instance_row as instance
where instance.id = @InstanceId
  and instance.tenant_id = @tenantId
