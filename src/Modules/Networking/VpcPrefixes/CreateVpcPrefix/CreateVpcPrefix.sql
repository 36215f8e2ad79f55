-- Makes a VPC prefix, unless the tenant has one of that name at the site.
insert into networking.vpc_prefix
  (id, name, tenant_id, site_id, vpc_id, ip_block_id, prefix, status, touched, created, updated, created_by)
values
  (@Id, @Name, @TenantId, @SiteId, @VpcId, @IpBlockId, @Prefix::cidr, 'Ready', clock_timestamp(), @Created, @Created, @by)
on conflict do nothing
