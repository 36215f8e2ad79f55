-- The deleted site that comes after another, since when it is deleted, and whether that is long enough ago; locked, and past those that other
-- processes work on.
select id, deleted, deleted < statement_timestamp() - @settled as is_settled
from hardware.site
where deleted is not null
  and (deleted, id) > (@deleted, @id)
order by deleted, id
limit 1
for update skip locked
