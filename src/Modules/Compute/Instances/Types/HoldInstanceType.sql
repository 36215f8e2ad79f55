-- An instance type at the site, which neither ends nor changes while the transaction lasts.
select id, name, site_id, status
from compute.instance_type
where id = @id
  and site_id = @siteId
for share
