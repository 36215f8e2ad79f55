-- Changes what the tenant says of the operating system.
update compute.operating_system
set name = @Name,
    description = @Description,
    ipxe_script = @IpxeScript,
    user_data = @UserData,
    is_cloud_init = @IsCloudInit,
    phone_home_enabled = @PhoneHomeEnabled,
    allow_override = @AllowOverride,
    is_active = @IsActive,
    deactivation_note = @DeactivationNote,
    status = @status,
    revision = @Revision,
    image_url = @ImageUrl,
    image_sha = @ImageSha,
    image_auth_type = @ImageAuthType,
    image_auth_token = @ImageAuthToken,
    image_disk = @ImageDisk,
    root_fs_id = @RootFsId,
    root_fs_label = @RootFsLabel,
    updated = @Updated
where id = @Id
