-- Changes what is given.
update hardware.site
set name = coalesce(@Name, name),
    description = coalesce(@Description, description),
    serial_console_hostname = coalesce(@SerialConsoleHostname, serial_console_hostname),
    is_serial_console_enabled = coalesce(@IsSerialConsoleEnabled, is_serial_console_enabled),
    serial_console_idle_timeout = coalesce(@SerialConsoleIdleTimeout, serial_console_idle_timeout),
    serial_console_max_session_length = coalesce(@SerialConsoleMaxSessionLength, serial_console_max_session_length),
    location = coalesce(@Location, location),
    contact = coalesce(@Contact, contact),
    native_networking = coalesce(@nativeNetworking, native_networking),
    network_security_group = coalesce(@networkSecurityGroup, network_security_group),
    nv_link_partition = coalesce(@nvLinkPartition, nv_link_partition),
    flow = coalesce(@flow, flow),
    image_based_operating_system = coalesce(@imageBasedOperatingSystem, image_based_operating_system),
    registration_token = coalesce(@token, registration_token),
    registration_token_hash = coalesce(@hash, registration_token_hash),
    registration_token_expiration = coalesce(@expiration, registration_token_expiration),
    status = @status,
    updated = case when @changes then @now else updated end
where id = @SiteId
