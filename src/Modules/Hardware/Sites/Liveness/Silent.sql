-- Puts sites that have been silent for too long into Error; each with the time of its last answer.
update hardware.site
set status = 'Error',
    updated = @now
where status = 'Registered'
  and deleted is null
  and coalesce(inventory_received, updated) < statement_timestamp() - @limit
returning id, name, inventory_received as since
