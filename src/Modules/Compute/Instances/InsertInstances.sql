-- Makes instances, each with a name and a machine of its own.
insert into compute.instance
  (id, name, description, org, tenant_id, tenant_org_display_name, infrastructure_provider_id, site_id, instance_type_id, instance_type_name,
   batch_id, vpc_id, machine_id, holds_machine, has_infiniband, operating_system_id, ipxe_script, user_data, always_boot_with_custom_ipxe,
   phone_home_enabled, auto_network, allow_unhealthy_machine, labels, status, power_status, touched, created, updated, created_by)
select
  id, name, @Description, @Org, @tenantId, @OrgDisplayName, provider_id, @SiteId, @typeId, @typeName,
  @BatchId, @vpcId, machine_id, true, has_infiniband, @OperatingSystemId, @IpxeScript, @UserData, @AlwaysBootWithCustomIpxe,
  @PhoneHomeEnabled, @AutoNetwork, @AllowUnhealthyMachine, @Labels, 'Pending', 'Rebooting', clock_timestamp(), @now + (number - 1) * interval '1 microsecond', @now, @by
from unnest(@ids::uuid[], @names::text[], @machineIds::text[], @providerIds::uuid[], @haveInfiniBand::boolean[])
  with ordinality as wanted (id, name, machine_id, provider_id, has_infiniband, number)
