-- The deleted site that comes after another, and since when it is deleted; locked, and past those that other processes work on.
select id, deleted
from hardware.site
where deleted is not null
  and (deleted, id) > (@deleted, @id)
order by deleted, id
limit 1
for update skip locked
