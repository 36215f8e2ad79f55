-- Users by id.
select id, email, first_name, last_name, created, updated
from identity.users
where id = any(@ids)
