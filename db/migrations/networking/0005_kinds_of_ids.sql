-- A caller may choose the id of a VPC: whatever is kept by id carries the kind as well, so that one kind's id reaches nothing of another's.
alter table networking.status_history add column kind text;

update networking.status_history
set kind = 'ip-block'
from networking.ip_block as holder
where resource_id = holder.id::text;
update networking.status_history
set kind = 'vpc-prefix'
from networking.vpc_prefix as holder
where resource_id = holder.id::text
  and kind is null;
update networking.status_history
set kind = 'subnet'
from networking.subnet as holder
where resource_id = holder.id::text
  and kind is null;
update networking.status_history
set kind = 'vpc'
from networking.vpc as holder
where resource_id = holder.id::text
  and kind is null;

-- What is left belongs to nothing.
delete from networking.status_history where kind is null;

alter table networking.status_history alter column kind set not null;
drop index networking.status_history_newest;
create index status_history_newest on networking.status_history (kind, resource_id, created desc, id desc);

alter table networking.carving add column kind text;

update networking.carving
set kind = 'ip-block'
from networking.ip_block as holder
where carving.id = holder.id;
update networking.carving
set kind = 'vpc-prefix'
from networking.vpc_prefix as holder
where carving.id = holder.id
  and kind is null;
update networking.carving set kind = 'subnet' where kind is null;

alter table networking.carving alter column kind set not null;
alter table networking.carving add constraint carving_kind check (kind in ('ip-block', 'vpc-prefix', 'subnet'));
alter table networking.carving drop constraint carving_pkey;
alter table networking.carving add primary key (kind, id);
