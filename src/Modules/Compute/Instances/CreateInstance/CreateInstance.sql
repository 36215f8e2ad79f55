-- Makes an instance.
insert into compute.instance
  (id, name, description, org, tenant_id, tenant_org_display_name, infrastructure_provider_id, site_id, vpc_id, machine_id, holds_machine,
   has_infiniband, operating_system_id, ipxe_script, user_data, always_boot_with_custom_ipxe, phone_home_enabled, auto_network,
   allow_unhealthy_machine, labels, status, power_status, touched, created, updated, created_by)
values
  (@id, @Name, @Description, @Org, @tenantId, @OrgDisplayName, @providerId, @siteId, @VpcId, @MachineId, true,
   @hasInfiniBand, @OperatingSystemId, @IpxeScript, @UserData, @AlwaysBootWithCustomIpxe, @PhoneHomeEnabled, @autoNetwork,
   @allowUnhealthyMachine, @Labels, 'Pending', 'Rebooting', @now, @now, @now, @by)
