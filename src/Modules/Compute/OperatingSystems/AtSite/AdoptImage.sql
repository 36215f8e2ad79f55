-- Makes the operating system whose image a site keeps, unless the tenant has one of its name, or anything here has its id.
insert into compute.operating_system
  (id, name, description, tenant_id, org, type, is_cloud_init, phone_home_enabled, allow_override, is_active, status,
   image_url, image_sha, image_auth_type, image_disk, root_fs_id, root_fs_label, created, updated)
select
  @Id, @Name, @Description, @TenantId, @Org, 'Image', false, false, false, true, 'Syncing',
  @ImageUrl, @ImageSha, @ImageAuthType, @ImageDisk, @RootFsId, @RootFsLabel, @Created, @Created
where not exists (select 1 from compute.allocation where id = @Id)
  and not exists (select 1 from compute.allocation_constraint where id = @Id)
  and not exists (select 1 from compute.instance_type where id = @Id)
  and not exists (select 1 from compute.instance where id = @Id)
on conflict do nothing
