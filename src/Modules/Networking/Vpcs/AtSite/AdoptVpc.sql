-- Makes the VPC that a site has, unless the tenant has one of its name there, or anything here has its id.
insert into networking.vpc
  (id, name, description, org, tenant_id, site_id, infrastructure_provider_id, network_virtualization_type, routing_profile, requested_vni, active_vni,
   network_security_group_id, nvlink_logical_partition_id, labels, status, at_site, touched, created, updated)
select
  @id, @name, @description, @org, @tenantId, @siteId, @providerId, @type, @routingProfile, @requestedVni, @activeVni,
  @securityGroup, @partition, @labels, 'Ready', true, clock_timestamp(), @now, @now
where not exists (select 1 from networking.ip_block where id = @id)
  and not exists (select 1 from networking.vpc_prefix where id = @id)
  and not exists (select 1 from networking.subnet where id = @id)
on conflict do nothing
