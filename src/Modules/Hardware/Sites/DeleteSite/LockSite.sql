-- The provider's live site, locked so that no tenant begins to use it meanwhile.
select id
from hardware.site
where id = @SiteId
  and infrastructure_provider_id = @providerId
  and deleted is null
for update
