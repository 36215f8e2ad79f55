-- Takes over an instance type that was made at the site, unless the provider has one of its name there.
insert into compute.instance_type
  (id, name, description, infrastructure_provider_id, site_id, labels, capabilities, status, version, at_site, touched, created, updated)
values
  (@id, @name, nullif(@description, ''), @providerId, @siteId, @labels, @capabilities, 'Ready', @version, true, @fence, @now, @now)
on conflict do nothing
