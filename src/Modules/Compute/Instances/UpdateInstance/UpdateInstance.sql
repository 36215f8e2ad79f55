-- Writes the instance's whole configuration, and what it replaces.
update compute.instance
set name = @name,
    description = @description,
    labels = @labels,
    operating_system_id = @OperatingSystemId,
    ipxe_script = @IpxeScript,
    user_data = @UserData,
    always_boot_with_custom_ipxe = @AlwaysBootWithCustomIpxe,
    phone_home_enabled = @PhoneHomeEnabled,
    auto_network = @autoNetwork,
    status = @status,
    revision = revision + 1,
    undo = @undo,
    touched = clock_timestamp(),
    updated = @now
where id = @Id
