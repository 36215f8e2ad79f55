-- Makes an operating system that is booted by script, unless the tenant has one of that name.
insert into compute.operating_system
  (id, name, description, tenant_id, type, ipxe_script, user_data, is_cloud_init, phone_home_enabled, allow_override, is_active, status,
   created, updated, created_by)
values
  (@Id, @Name, @Description, @TenantId, @type, @IpxeScript, @UserData, @IsCloudInit, @PhoneHomeEnabled, @AllowOverride, true, @status,
   @Created, @Created, @by)
on conflict do nothing
