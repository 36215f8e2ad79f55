-- The provider's instance type of that name at the site.
select id
from compute.instance_type
where infrastructure_provider_id = @InfrastructureProviderId
  and site_id = @SiteId
  and name = @Name
