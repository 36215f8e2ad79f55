-- An operating system of the tenant.
select
  id, name, description, tenant_id, org, type, ipxe_script, user_data, is_cloud_init, phone_home_enabled, allow_override, is_active,
  deactivation_note, status, revision, image_url, image_sha, image_auth_type, image_auth_token, image_disk, root_fs_id, root_fs_label,
  created, updated
from compute.operating_system
where id = @id
  and tenant_id = @tenantId
