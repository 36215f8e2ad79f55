-- The instances of types by tenant are counted and found without their rows.
drop index compute.instance_of_type;
create index instance_of_type on compute.instance (instance_type_id, tenant_id) include (id, holds_machine) where instance_type_id is not null;
