-- Has a site keep the operating system's image.
insert into compute.operating_system_site (operating_system_id, site_id, status, version, touched, created, updated)
values (@id, @siteId, 'Syncing', @version, clock_timestamp(), @now, @now)
