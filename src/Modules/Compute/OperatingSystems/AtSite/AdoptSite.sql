-- The site keeps the operating system's image.
insert into compute.operating_system_site (operating_system_id, site_id, status, version, at_site, touched, created, updated)
values (@id, @siteId, @status, @version, true, clock_timestamp(), @now, @now)
