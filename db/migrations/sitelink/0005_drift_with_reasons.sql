-- In what way an object differs, in words, since when, and which site has it where another one reports it. is_drift is true with any reason.
alter table sitelink.seen
  add column reason text,
  add column detail text,
  add column owner uuid,
  add column since timestamptz;

update sitelink.seen
set reason = 'Unknown',
    detail = 'Nico does not have it',
    since = applied
where is_drift;

create index seen_owner on sitelink.seen (owner, kind) where owner is not null;

-- How many objects there are beyond what a site may have of the kind, and since when the kind cannot be read, in how many rounds.
alter table sitelink.round
  add column over integer not null default 0,
  add column unread_since timestamptz,
  add column unread_rounds integer not null default 0;

-- Each kind is read in rounds of its own.
alter table sitelink.poll drop constraint poll_part_check;

insert into sitelink.poll (site_id, part, due, poke_from)
select poll.site_id, kind.part, poll.due, poll.poke_from
from sitelink.poll
cross join unnest(array['Tenants', 'InstanceTypes', 'OsImages', 'Vpcs', 'VpcPrefixes', 'Subnets', 'Instances']) as kind (part)
where poll.part = 'Others'
on conflict do nothing;

delete from sitelink.poll
where part = 'Others';
