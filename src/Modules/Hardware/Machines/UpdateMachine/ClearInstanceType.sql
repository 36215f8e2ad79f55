-- Takes the machine out of its instance type; until its site has, its reports say otherwise.
update hardware.machine
set instance_type_id = null,
    touched = @now,
    updated = @now
where id = @id
