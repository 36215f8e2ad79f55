-- Puts back what a refused change had replaced.
delete from compute.interface
where id = any(@added);

update compute.interface
set status = replaced.status
from unnest(@replaced::uuid[], @statuses::text[]) as replaced (id, status)
where compute.interface.id = replaced.id;

update compute.instance
set name = @Name,
    description = @Description,
    labels = @Labels,
    operating_system_id = @OperatingSystemId,
    ipxe_script = @IpxeScript,
    user_data = @UserData,
    always_boot_with_custom_ipxe = @AlwaysBootWithCustomIpxe,
    phone_home_enabled = @PhoneHomeEnabled,
    auto_network = @AutoNetwork,
    status = case when status = 'Terminating' then status else @status end,
    status_before_termination = case when status = 'Terminating' then @status end,
    undo = null,
    touched = clock_timestamp(),
    updated = @now
where id = @Id;
