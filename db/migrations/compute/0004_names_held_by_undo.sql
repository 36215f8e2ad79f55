-- An instance keeps the name that a change replaces until its site has taken the change: it may get it back.
create index instance_name_before on compute.instance (tenant_id, site_id, (undo ->> 'name')) where undo is not null;
