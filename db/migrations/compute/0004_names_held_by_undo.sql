-- An instance keeps the names that changes replaced until its site has taken the changes: it may get one back.
create index instance_names_before on compute.instance using gin (undo jsonb_path_ops) where undo is not null;
