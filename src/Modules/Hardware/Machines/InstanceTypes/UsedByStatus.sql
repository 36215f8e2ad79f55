-- The machines of these uses by instance type, tenant and status.
select used.instance_type_id, used.tenant_id, machine.status, count(*)::integer as machines
from unnest(@typeIds::uuid[], @tenantIds::uuid[], @machineIds::text[]) as used (instance_type_id, tenant_id, machine_id)
join hardware.machine on machine.id = used.machine_id
group by used.instance_type_id, used.tenant_id, machine.status
