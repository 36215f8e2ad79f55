-- The machines of these instances, which come in numbered groups, by group and status.
select used.number, machine.status, count(*)::integer as machines
from unnest(@numbers::integer[], @instanceIds::uuid[]) as used (number, instance_id)
join hardware.machine on machine.instance_id = used.instance_id
group by used.number, machine.status
