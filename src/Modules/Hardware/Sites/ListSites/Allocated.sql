-- Which of the sites have allocations.
select distinct site_id
from hardware.tenant_site
where site_id = any(@siteIds)
