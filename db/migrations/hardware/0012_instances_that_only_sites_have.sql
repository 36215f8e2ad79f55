-- The instance on the machine that its site reports and Nico does not have: nobody is given the machine meanwhile.
alter table hardware.machine add column unknown_instance_id uuid;

create index machine_unknown_instance on hardware.machine (unknown_instance_id) where unknown_instance_id is not null;
