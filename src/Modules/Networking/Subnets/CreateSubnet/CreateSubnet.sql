-- Makes a subnet, unless the tenant has one of that name at the site.
insert into networking.subnet
  (id, name, description, tenant_id, site_id, vpc_id, ipv4_block_id, routing_type, prefix, status, touched, created, updated, created_by)
values
  (@Id, @Name, @Description, @TenantId, @SiteId, @VpcId, @Ipv4BlockId, @routingType, @Prefix::cidr, 'Pending', clock_timestamp(), @Created, @Created, @by)
on conflict do nothing
