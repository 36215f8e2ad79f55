-- The site where Nico has the object.
select site_id
from {table}
where id = @id
