-- An operating system of the tenant.
select
  id, name, description, tenant_id, type, ipxe_script, user_data, is_cloud_init, phone_home_enabled, allow_override, is_active,
  deactivation_note, version, status, created, updated
from compute.operating_system
where id = @OperatingSystemId
  and tenant_id = @tenantId
