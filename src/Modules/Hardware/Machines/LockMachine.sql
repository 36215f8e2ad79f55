-- The machine, locked: what decides about an order, and what a refusal by its site puts back.
select id, site_id, instance_type_id, instance_id, status, status_message, maintenance_message, is_usable_by_tenant, is_missing_on_site,
  coalesce(ordered_labels, labels) as labels
from hardware.machine
where id = @id
for no key update
