-- Takes machines and networks from instances that their site never had; the machine that each held.
with networks as (
  delete from compute.interface
  where instance_id = any(@ids)
)
update compute.instance
set holds_machine = false
where id = any(@ids)
returning machine_id, id
