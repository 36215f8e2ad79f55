-- Makes the instance that a site has, unless anything here has its id.
insert into compute.instance
  (id, name, description, org, tenant_id, tenant_org_display_name, infrastructure_provider_id, site_id, instance_type_id, instance_type_name,
   vpc_id, machine_id, holds_machine, has_infiniband, operating_system_id, ipxe_script, user_data, always_boot_with_custom_ipxe,
   phone_home_enabled, auto_network, allow_unhealthy_machine, labels, tpm_ek_certificate, status, power_status, at_site, touched, created, updated)
select
  @Id, @Name, @Description, @Org, @TenantId, @displayName, @InfrastructureProviderId, @SiteId, @InstanceTypeId, @typeName,
  @VpcId, @MachineId, true, @hasInfiniBand, @OperatingSystemId, @IpxeScript, @UserData, @AlwaysBootWithCustomIpxe,
  @PhoneHomeEnabled, false, false, @Labels, @TpmEkCertificate, @status, @power, true, clock_timestamp(), @Created, @Created
where not exists (select 1 from compute.allocation where id = @Id)
  and not exists (select 1 from compute.allocation_constraint where id = @Id)
  and not exists (select 1 from compute.operating_system where id = @Id)
  and not exists (select 1 from compute.instance_type where id = @Id)
on conflict (id) do nothing
