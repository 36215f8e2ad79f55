-- A site may choose the id of an instance type: histories carry the kind as well, so that one kind's id reaches nothing of another's.
alter table compute.status_history add column kind text;

update compute.status_history
set kind = 'allocation'
from compute.allocation as holder
where resource_id = holder.id::text;
update compute.status_history
set kind = 'operating-system'
from compute.operating_system as holder
where resource_id = holder.id::text
  and kind is null;
update compute.status_history
set kind = 'instance'
from compute.instance as holder
where resource_id = holder.id::text
  and kind is null;
update compute.status_history
set kind = 'instance-type'
from compute.instance_type as holder
where resource_id = holder.id::text
  and kind is null;

-- What is left belongs to nothing.
delete from compute.status_history where kind is null;

alter table compute.status_history alter column kind set not null;
drop index compute.status_history_newest;
create index status_history_newest on compute.status_history (kind, resource_id, created desc, id desc);
