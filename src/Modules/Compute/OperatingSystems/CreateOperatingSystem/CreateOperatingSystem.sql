-- Makes an operating system, unless the tenant has one of that name.
insert into compute.operating_system
  (id, name, description, tenant_id, org, type, ipxe_script, user_data, is_cloud_init, phone_home_enabled, allow_override, is_active, status,
   image_url, image_sha, image_auth_type, image_auth_token, image_disk, root_fs_id, root_fs_label, created, updated, created_by)
values
  (@Id, @Name, @Description, @TenantId, @Org, @type, @IpxeScript, @UserData, @IsCloudInit, @PhoneHomeEnabled, @AllowOverride, true, @status,
   @ImageUrl, @ImageSha, @ImageAuthType, @ImageAuthToken, @ImageDisk, @RootFsId, @RootFsLabel, @Created, @Created, @by)
on conflict do nothing
