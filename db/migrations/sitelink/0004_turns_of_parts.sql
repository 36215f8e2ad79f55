-- Machines, of which a site may have tens of thousands, are read apart from all else, which does not wait for them.
alter table sitelink.poll add column part text not null default 'Others' check (part in ('Machines', 'Others'));
alter table sitelink.poll alter column part drop default;
alter table sitelink.poll drop constraint poll_pkey;
alter table sitelink.poll add primary key (site_id, part);

insert into sitelink.poll (site_id, part, due, poke_from)
select site_id, 'Machines', due, poke_from
from sitelink.poll;
