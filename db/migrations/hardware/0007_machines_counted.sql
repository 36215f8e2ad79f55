-- What machines are counted by is in indexes: a row holds all that its site says of the machine, and to read 50,000 of them takes longer than
-- an answer may.
drop index hardware.machine_site;
create index machine_site on hardware.machine (site_id, status, instance_type_id) include (id);
drop index hardware.machine_instance_type;
create index machine_instance_type on hardware.machine (instance_type_id, instance_type_since, id) include (status, instance_id) where instance_type_id is not null;
drop index hardware.machine_provider;
create index machine_provider on hardware.machine (infrastructure_provider_id, id) include (status);
drop index hardware.machine_instance;
create unique index machine_instance on hardware.machine (instance_id) include (status) where instance_id is not null;
drop index hardware.machine_capability_name;
create index machine_capability_name on hardware.machine_capability (type, name, machine_id) include (count);
