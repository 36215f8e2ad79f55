-- Makes a provider's block, unless another has its name or overlaps it.
insert into networking.ip_block
  (id, name, description, infrastructure_provider_id, site_id, routing_type, protocol_version, prefix, status, created, updated, created_by)
values
  (@id, @Name, @Description, @providerId, @SiteId, @routingType, @protocolVersion, @prefix::cidr, 'Ready', @now, @now, @by)
on conflict do nothing
