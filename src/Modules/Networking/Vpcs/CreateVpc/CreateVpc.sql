-- Makes a tenant's VPC, unless its name at the site is taken, or its id by anything here, or by a VPC that only a site has.
insert into networking.vpc
  (id, name, description, org, tenant_id, site_id, infrastructure_provider_id, network_virtualization_type, routing_profile, requested_vni,
   labels, status, touched, created, updated, created_by)
select
  @Id, @Name, @Description, @Org, @TenantId, @SiteId, @InfrastructureProviderId, @type, @RoutingProfile, @RequestedVni,
  @Labels, 'Pending', clock_timestamp(), @Created, @Created, @by
where not exists (select 1 from networking.ip_block where id = @Id)
  and not exists (select 1 from networking.vpc_prefix where id = @Id)
  and not exists (select 1 from networking.subnet where id = @Id)
  and not exists (select 1 from networking.unknown_vpc where id = @Id)
on conflict do nothing
