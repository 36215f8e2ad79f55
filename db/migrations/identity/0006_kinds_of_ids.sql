-- Histories carry the kind as well as the id, in every module alike.
alter table identity.status_history add column kind text;

update identity.status_history
set kind = 'tenant-account'
from identity.tenant_account as holder
where resource_id = holder.id::text;

-- What is left belongs to nothing.
delete from identity.status_history where kind is null;

alter table identity.status_history alter column kind set not null;
drop index identity.status_history_newest;
create index status_history_newest on identity.status_history (kind, resource_id, created desc, id desc);
