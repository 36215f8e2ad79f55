-- Of these, the images that were to go and have gone.
select operating_system_id
from compute.operating_system_site
where operating_system_id = any(@ids)
  and site_id = @siteId
  and status = 'Deleting'
  and touched < @fence
