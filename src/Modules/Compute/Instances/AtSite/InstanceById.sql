-- The instance.
select
  id, name, description, org, tenant_id, infrastructure_provider_id, site_id, instance_type_id, batch_id, vpc_id, machine_id, operating_system_id,
  ipxe_script, user_data, always_boot_with_custom_ipxe, phone_home_enabled, auto_network, allow_unhealthy_machine, labels, is_update_pending,
  tpm_ek_certificate, status, shown_status, power_status, is_missing_on_site, at_site, revision, undo, created, updated
from compute.instance
where id = @id
