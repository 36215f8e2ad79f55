-- The provider's block of that name at the site.
select id
from networking.ip_block
where infrastructure_provider_id = @InfrastructureProviderId
  and site_id = @SiteId
  and name = @Name
  and tenant_id is null
