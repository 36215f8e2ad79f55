-- Removes instances with their interfaces; the machine that each held.
delete from compute.instance
where id = any(@ids)
returning machine_id, id
