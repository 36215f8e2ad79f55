-- Makes the VPC prefix that a site has, unless the tenant has one of its name there, or anything here has its id.
insert into networking.vpc_prefix
  (id, name, tenant_id, site_id, vpc_id, ip_block_id, prefix, status, at_site, touched, created, updated)
select
  @id, @name, @TenantId, @SiteId, @vpcId, @blockId, @prefix::cidr, 'Ready', true, clock_timestamp(), @now, @now
where not exists (select 1 from networking.ip_block where id = @id)
  and not exists (select 1 from networking.vpc where id = @id)
  and not exists (select 1 from networking.subnet where id = @id)
on conflict do nothing
