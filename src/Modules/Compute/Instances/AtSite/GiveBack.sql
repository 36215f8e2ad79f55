-- Takes machine and networks from an instance that its site never had.
with networks as (
  delete from compute.interface
  where instance_id = @Id
)
update compute.instance
set holds_machine = false
where id = @Id
