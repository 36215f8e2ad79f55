-- How often a deletion was carried out again because the site reported the object long after it had been done: a creation that the
-- network delivers once more makes the object anew.
alter table sitelink.command add repeats integer not null default 0;

create index command_deleted on sitelink.command (site_id, kind, resource_id) where operation = 'Delete' and state = 'Done';
