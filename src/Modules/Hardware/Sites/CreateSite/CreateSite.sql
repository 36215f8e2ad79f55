-- Makes the site. No row when the provider has a live site of that name.
insert into hardware.site
  (id, name, description, org, infrastructure_provider_id, status, registration_token, registration_token_hash, registration_token_expiration,
   serial_console_hostname, location, contact,
   native_networking, network_security_group, nv_link_partition, flow, image_based_operating_system,
   created, updated, created_by)
values
  (@id, @Name, @Description, @org, @providerId, 'Pending', @token, @hash, @expiration,
   @SerialConsoleHostname, @Location, @Contact,
   false, true, false, false, false,
   @now, @now, @by)
on conflict (infrastructure_provider_id, name) where deleted is null do nothing
