-- Keeps the copies of the name by which lists are ordered.
update compute.allocation_constraint
set instance_type_name = @name
where id in (
  select id
  from compute.allocation_constraint
  where resource_type = 'InstanceType'
    and resource_type_id = @id
    and instance_type_name is distinct from @name
  order by id
  for no key update
);

update compute.instance
set instance_type_name = @name
where id in (
  select id
  from compute.instance
  where instance_type_id = @id
    and instance_type_name is distinct from @name
  order by id
  for no key update
);
