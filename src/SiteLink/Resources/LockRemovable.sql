-- Of these, the ones that were to go and have gone, locked.
select id
from {table}
where id = any(@ids)
  and site_id = @siteId
  and status = '{deleting}'
  and touched < @fence
order by id
for update
