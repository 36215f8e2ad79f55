-- The sites that keep the operating systems' images, the first one first.
select operating_system_id, site_id, status, version, at_site, created, updated
from compute.operating_system_site
where operating_system_id = any(@ids)
order by operating_system_id, created, site_id
