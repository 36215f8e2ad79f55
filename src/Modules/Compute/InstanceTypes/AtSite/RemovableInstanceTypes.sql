-- Of these, the ones that were to go and have gone, locked.
select id
from compute.instance_type
where id = any(@ids)
  and site_id = @siteId
  and status = 'Deleting'
  and touched < @fence
order by id
for update
