-- Records transitions of machines.
insert into hardware.status_history (id, kind, resource_id, status, message, created)
select id, 'machine', machine_id, status, message, @at
from unnest(@ids::uuid[], @machineIds::text[], @statuses::text[], @messages::text[]) as entry (id, machine_id, status, message)
