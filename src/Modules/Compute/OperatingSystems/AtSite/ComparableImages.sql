-- The images that the site has and that nothing is on its way for, with what they are called here.
select system.id, system.name, system.description
from compute.operating_system_site as site
join compute.operating_system as system on system.id = site.operating_system_id
where site.operating_system_id = any(@ids)
  and site.site_id = @siteId
  and site.status = 'Synced'
  and site.touched < @fence
  and not exists (select 1 from compute.operating_system_change as change where change.operating_system_id = system.id)
