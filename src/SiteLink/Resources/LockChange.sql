-- What of the object is on its way to the site, locked.
select site_id, status, revision, coalesce(jsonb_array_length(undo -> 'steps'), 0) as waiting
from {table}
where id = @id
for update
