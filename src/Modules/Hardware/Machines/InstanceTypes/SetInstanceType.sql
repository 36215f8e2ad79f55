-- Has machines belong to an instance type, or to none; until their site has answered, its reports do not count.
update hardware.machine
set instance_type_id = @instanceTypeId::uuid,
    instance_type_association_id = case when @instanceTypeId::uuid is null then null else given.association_id end,
    instance_type_since = case when @instanceTypeId::uuid is null then null else @now end,
    instance_type_order = @order,
    updated = @now
from unnest(@ids::text[], @associationIds::uuid[]) as given (id, association_id)
where machine.id = given.id
