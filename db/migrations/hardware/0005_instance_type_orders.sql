-- What instance type a machine belongs to, since when, and under which id (deprecated, but still in use). While an order about it is on
-- its way to the site, the site's reports do not count; the number of the order tells whether a later one has taken its place.
alter table hardware.machine
  add column instance_type_association_id uuid,
  add column instance_type_since timestamptz,
  add column instance_type_order uuid;

update hardware.machine
set instance_type_association_id = gen_random_uuid(),
    instance_type_since = created
where instance_type_id is not null;

drop index hardware.machine_instance_type;
create index machine_instance_type on hardware.machine (instance_type_id, instance_type_since, id) where instance_type_id is not null;
create unique index machine_instance_type_association on hardware.machine (instance_type_association_id) where instance_type_association_id is not null;
create index machine_instance_type_order on hardware.machine (instance_type_order) where instance_type_order is not null;
