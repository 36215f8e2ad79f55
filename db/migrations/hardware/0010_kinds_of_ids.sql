-- Sites choose the ids of machines: histories carry the kind as well, so that one kind's id reaches nothing of another's.
alter table hardware.status_history add column kind text;

update hardware.status_history
set kind = 'site'
from hardware.site as holder
where resource_id = holder.id::text;
update hardware.status_history
set kind = 'machine'
from hardware.machine as holder
where resource_id = holder.id
  and kind is null;

-- What is left belongs to nothing.
delete from hardware.status_history where kind is null;

alter table hardware.status_history alter column kind set not null;
drop index hardware.status_history_newest;
create index status_history_newest on hardware.status_history (kind, resource_id, created desc, id desc);
