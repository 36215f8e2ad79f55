-- Makes the subnet that a site has, unless the tenant has one of its name there, or anything here has its id.
insert into networking.subnet
  (id, name, tenant_id, site_id, vpc_id, ipv4_block_id, routing_type, prefix, mtu, status, at_site, touched, created, updated)
select
  @id, @name, @TenantId, @SiteId, @vpcId, @blockId, @routingType, @prefix::cidr, @mtu, @status, true, clock_timestamp(), @now, @now
where not exists (select 1 from networking.ip_block where id = @id)
  and not exists (select 1 from networking.vpc where id = @id)
  and not exists (select 1 from networking.vpc_prefix where id = @id)
on conflict do nothing
