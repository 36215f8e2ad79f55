-- Makes an instance type, unless the provider has one of that name at the site.
insert into compute.instance_type
  (id, name, description, controller_machine_type, infrastructure_provider_id, site_id, labels, capabilities, status, touched, created, updated,
   created_by)
values
  (@Id, @Name, @Description, @ControllerMachineType, @InfrastructureProviderId, @SiteId, @Labels, @Capabilities, 'Ready', clock_timestamp(), @Created, @Created,
   @by)
on conflict do nothing
