-- Makes a tenant's VPC, unless its id or its name at the site is taken.
insert into networking.vpc
  (id, name, description, org, tenant_id, site_id, infrastructure_provider_id, network_virtualization_type, routing_profile, requested_vni,
   labels, status, touched, created, updated, created_by)
values
  (@Id, @Name, @Description, @Org, @TenantId, @SiteId, @InfrastructureProviderId, @type, @RoutingProfile, @RequestedVni,
   @Labels, 'Pending', @Created, @Created, @Created, @by)
on conflict do nothing
