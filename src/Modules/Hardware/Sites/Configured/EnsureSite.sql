-- Makes the site unless its provider has a live one of that name; the id when it was made.
insert into hardware.site
  (id, name, org, infrastructure_provider_id, status,
   native_networking, network_security_group, nv_link_partition, flow, image_based_operating_system, created, updated)
values
  (@id, @Name, @org, @providerId, 'Pending', true, true, false, false, false, @now, @now)
on conflict (infrastructure_provider_id, name) where deleted is null do nothing
returning id
